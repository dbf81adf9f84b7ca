import { certificateTargets } from './certificate-targets.js'
import { otherTargets } from './other-targets.js'
import type { Target } from './target.js'
import { wireTargets } from './wire-targets.js'

/** Every parser that takes bytes of others. */
export const targets: readonly Target[] = [...wireTargets, ...certificateTargets, ...otherTargets]
