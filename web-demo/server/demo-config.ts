/** What the page learns from `/demo/config.json`: how to fill its form when it was served by `npm run demo`. */
export interface DemoConfig {
  readonly relayUrl: string
  readonly target: { readonly host: string; readonly port: number }
  /** The embedded CA, which the target's certificate comes from. */
  readonly trustPem: string
  /** A root that has nothing to do with the target. */
  readonly unrelatedPem: string
  /** A name that leads to the target and is not in its certificate. */
  readonly wrongName: string
  /** A name for which the target shows a certificate that has expired. */
  readonly expiredName: string
  /** The way to the target on which a bit is changed. */
  readonly tamperedPort: number
  /** A target that the relay does not allow. */
  readonly refusedTarget: { readonly host: string; readonly port: number }
  /** Which names a page may serve through the relay, and by which token. */
  readonly serving: { readonly suffix: string; readonly token: string }
  /** Whether `/demo/tap/<connection>` tells what the relay saw. */
  readonly hasTap: boolean
}
