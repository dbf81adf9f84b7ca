import { TrustAnchors } from '../trust-anchors.js'
import { readRoots } from './read-roots.js'

let loaded: Promise<TrustAnchors> | undefined

/**
 * Mozilla's roots for TLS servers, of the day that `rootsDate` says. Loaded at the first call and kept.
 *
 * They have no certificates, only subject, key and constraints: a path ends below them.
 */
export function loadMozillaRoots(): Promise<TrustAnchors> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined // a failed download may succeed the next time
    throw error
  })
  return loaded
}

/** When the roots were taken, `YYYY-MM-DD`, and from what. */
export async function mozillaRootsInfo(): Promise<{ date: string; source: string; count: number }> {
  const { rootsDate, rootsSource, rootsCount } = await import('./root-data.js')
  return { date: rootsDate, source: rootsSource, count: rootsCount }
}

async function load(): Promise<TrustAnchors> {
  const { rootsBase64 } = await import('./root-data.js')
  const binary = atob(rootsBase64)
  return TrustAnchors.from(readRoots(Uint8Array.from(binary, (character) => character.charCodeAt(0))))
}
