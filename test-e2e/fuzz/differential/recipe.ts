import fc from 'fast-check'
import type { MessageBend } from './bend-message.js'
import type { RecordBend } from './bend-records.js'

/** The handshakes that are bent; unbent, every stack accepts each of those that it takes part in. */
export const flows = {
  server: [
    'full',
    'retry',
    'client-auth',
    'resumption',
    'resumption-retry',
    'early-data',
    /** The server takes the PSK, and skips the 0-RTT data. */
    'early-data-rejected',
    /** It skips 0-RTT data up to the second ClientHello. */
    'early-data-retry',
    'external-psk',
  ],
  client: [
    'full',
    'retry',
    'client-auth',
    'resumption',
    'resumption-retry',
    /** The server takes no PSK, and shows its certificate again. */
    'resumption-declined',
    /** The client sends 0-RTT data, with the ends that the flows of the server have. */
    'early-data',
    'early-data-rejected',
    'early-data-retry',
    'external-psk',
  ],
} as const

export type Role = keyof typeof flows
export type Flow = (typeof flows)[Role][number]

/** What the scripted peer sends, in the order of the flow; the last ones after the handshake. */
const steps: { readonly [R in Role]: { readonly [F in Flow]?: readonly Step[] } } = {
  server: {
    full: ['client_hello', 'finished', 'key_update', 'data'],
    retry: ['client_hello', 'second_client_hello'],
    'client-auth': ['certificate', 'certificate_verify', 'finished'],
    resumption: ['client_hello', 'finished'],
    'resumption-retry': ['client_hello', 'second_client_hello'],
    'early-data': ['client_hello', 'early_data', 'end_of_early_data', 'finished'],
    'early-data-rejected': ['client_hello', 'early_data', 'finished'],
    'early-data-retry': ['client_hello', 'early_data', 'second_client_hello'],
    'external-psk': ['client_hello', 'finished'],
  },
  client: {
    full: [
      'server_hello',
      'encrypted_extensions',
      'certificate',
      'certificate_verify',
      'finished',
      'new_session_ticket',
      'key_update',
      'data',
    ],
    retry: ['hello_retry_request', 'server_hello'],
    'client-auth': ['certificate_request', 'certificate'],
    resumption: ['server_hello', 'encrypted_extensions', 'finished', 'new_session_ticket'],
    'resumption-retry': ['hello_retry_request', 'server_hello'],
    'resumption-declined': ['server_hello', 'encrypted_extensions', 'certificate', 'certificate_verify', 'finished'],
    'early-data': ['server_hello', 'encrypted_extensions', 'finished'],
    'early-data-rejected': ['encrypted_extensions', 'finished'],
    'early-data-retry': ['hello_retry_request', 'server_hello'],
    'external-psk': ['server_hello', 'encrypted_extensions', 'finished'],
  },
}

export type Step =
  | 'client_hello'
  | 'second_client_hello'
  | 'early_data'
  | 'end_of_early_data'
  | 'hello_retry_request'
  | 'server_hello'
  | 'encrypted_extensions'
  | 'certificate_request'
  | 'certificate'
  | 'certificate_verify'
  | 'finished'
  | 'new_session_ticket'
  | 'key_update'
  | 'data'

/** A change of the order of messages. */
export type FlowBend =
  | { readonly kind: 'omit' }
  | { readonly kind: 'repeat' }
  /** Another message in front of it. */
  | { readonly kind: 'insert'; readonly message: number }

export type Bend = { readonly kind: 'none' } | MessageBend | RecordBend | FlowBend

/** One case: the same for every stack, though keys and randoms differ with each connection. */
export interface Recipe {
  /** The role of the stack under test; the scripted peer has the other one. */
  readonly under: Role
  readonly flow: Flow
  readonly step: Step
  readonly bend: Bend
}

/** The recipes that bend nothing: each stack must accept all of its flows, or nothing is compared. */
export const honestRecipes: readonly Recipe[] = (Object.keys(flows) as Role[]).flatMap((under) =>
  Object.entries(steps[under]).flatMap(([flow, list]) =>
    list.map((step) => ({ under, flow: flow as Flow, step, bend: { kind: 'none' as const } })),
  ),
)

/** Those of some flows. */
export const recipesOf = (under: Role | undefined, flow: Flow | undefined): readonly Recipe[] =>
  honestRecipes.filter(
    (each) => (under === undefined || each.under === under) && (flow === undefined || each.flow === flow),
  )

const place = fc.nat(400)
const byte = fc.nat(255)

const messageBend: fc.Arbitrary<MessageBend> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('double' as const), at: place, to: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), at: place, to: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('number' as const), at: place, choice: fc.nat(60) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      at: place,
      length: fc.oneof(fc.nat(70), fc.constantFrom(0, 1, 31, 33, 255, 256, 1000)),
      fill: fc.constantFrom(0, 1, 255),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), at: place, byte: fc.nat(600), bit: fc.nat(7) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('empty' as const), at: place }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('length' as const), at: place, by: fc.constantFrom(-2, -1, 1, 2, 255) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      at: place,
      count: fc.integer({ min: 1, max: 5 }),
      fill: fc.constantFrom(0, 1, 255),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('extension' as const),
      at: fc.nat(3),
      type: fc.nat(60),
      body: fc.nat(30),
      to: fc.nat(20),
    }),
  },
)

const recordBend: fc.Arbitrary<RecordBend> = fc.oneof(
  fc.record({
    kind: fc.constant('fragment' as const),
    size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1, 2, 3, 4, 5)),
  }),
  fc.record({ kind: fc.constant('trailing' as const), message: fc.nat(40), length: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('join' as const) }),
  fc.record({
    kind: fc.constant('padding' as const),
    length: fc.oneof(fc.nat(300), fc.constantFrom(1, 255, 256, 4096, 16_000)),
  }),
  fc.record({ kind: fc.constant('oversize' as const), by: fc.integer({ min: -1, max: 260 }) }),
  fc.record({ kind: fc.constant('content type' as const), type: fc.oneof(fc.integer({ min: 19, max: 26 }), byte) }),
  fc.record({
    kind: fc.constant('header' as const),
    at: fc.nat(4),
    value: fc.oneof(fc.integer({ min: 0, max: 26 }), byte),
  }),
  fc.record({ kind: fc.constant('corrupt' as const), byte: fc.nat(600), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('replay' as const) }),
  fc.record({ kind: fc.constant('plaintext' as const) }),
  fc.record({ kind: fc.constant('former keys' as const) }),
  fc.record({ kind: fc.constant('sequence' as const), by: fc.constantFrom(1, 2, 256) }),
  fc.record({ kind: fc.constant('cut' as const), length: fc.nat(200) }),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('stray' as const),
      type: fc.oneof(fc.integer({ min: 20, max: 24 }), byte),
      content: fc.nat(30),
      count: fc.constantFrom(1, 1, 1, 2, 5),
      isProtected: fc.boolean(),
      /** In front of the message, or between its halves. */
      within: fc.boolean(),
    }),
  },
)

const flowBend: fc.Arbitrary<FlowBend> = fc.oneof(
  fc.record({ kind: fc.constant('omit' as const) }),
  fc.record({ kind: fc.constant('repeat' as const) }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('insert' as const), message: fc.nat(40) }) },
)

const bendFor = (step: Step): fc.Arbitrary<Bend> =>
  step === 'data' || step === 'early_data'
    ? fc.oneof<fc.Arbitrary<Bend>[]>(recordBend, flowBend)
    : fc.oneof<fc.WeightedArbitrary<Bend>[]>(
        { weight: 6, arbitrary: messageBend },
        { weight: 3, arbitrary: recordBend },
        { weight: 1, arbitrary: flowBend },
      )

/** Any case; those of the two hellos, where most of the checks are, come more often. */
export function arbitraryRecipe(places: readonly Recipe[]): fc.Arbitrary<Recipe> {
  return fc.oneof<fc.WeightedArbitrary<Recipe>[]>(
    ...places.map(({ under, flow, step }) => ({
      weight: step === 'client_hello' || step === 'server_hello' ? 3 : 1,
      arbitrary: bendFor(step).map((bend) => ({ under, flow, step, bend })),
    })),
  )
}

/** The kind, for the table of what was compared. */
export const placeOf = ({ under, flow, step }: Recipe): string => `${under} ${flow} ${step}`
