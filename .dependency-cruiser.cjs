/**
 * The house's one rule: imports point down the list of layers (docs/architecture.md). A layer may import itself and
 * the layers above it in this list; the core (everything before `transports`) imports nothing of Node or the DOM's
 * network.
 */
const layers = [
  'errors',
  'wire',
  'messages',
  'crypto',
  'policy',
  'certificates',
  'session',
  'record',
  'handshake',
  'connection',
]
const adapters = [
  'transports',
  'http',
  'http-server',
  'page-identity',
  'fetch',
  'relay',
  'sockets',
  'node',
  'service-worker',
  'inspect',
  'cli',
]
/** Adapters that run in a plain browser, as the core does. */
const browserAdapters = ['http', 'http-server', 'page-identity', 'fetch', 'sockets', 'service-worker', 'inspect']

const upward = layers.map((layer, index) => ({
  name: `${layer}-imports-downwards`,
  comment: `${layer} may import only ${layers.slice(0, index).join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: `^src/(${layers.slice(0, index + 1).join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-knows-no-node',
      comment: 'the core runs in a plain browser',
      severity: 'error',
      from: { path: `^src/(${[...layers, ...browserAdapters].join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'adapters-do-not-reach-into-the-core',
      comment: 'an adapter uses the public contract, errors and certificates, not the protocol inside',
      severity: 'error',
      from: { path: `^src/(${adapters.join('|')})/`, pathNot: '^src/inspect/' },
      to: { path: '^src/(wire|messages|crypto|record|handshake)/' },
    },
    {
      name: 'inspect-shows-the-wire-alone',
      comment: 'the inspector names what stands in messages: their code points and formats are its subject, no more',
      severity: 'error',
      from: { path: '^src/inspect/' },
      to: { path: '^src/(crypto|record|handshake)/' },
    },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], exportsFields: ['exports'], conditionNames: ['import'] },
  },
}
