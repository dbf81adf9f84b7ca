import type { Recipe } from './recipe.js'

/** Smaller numbers in the bend, as long as the finding stays. @returns the last comparison that still had it */
export async function shrink<T>(
  recipe: Recipe,
  isStillThere: (smaller: Recipe) => Promise<T | undefined>,
): Promise<T | undefined> {
  let best: T | undefined
  let current = recipe
  let left = maxAttempts
  for (let progressed = true; progressed; ) {
    progressed = false
    for (const smaller of smallerThan(current)) {
      if (left-- <= 0) return best
      const found = await isStillThere(smaller)
      if (found === undefined) continue
      best = found
      current = smaller
      progressed = true
      break
    }
  }
  return best
}

function* smallerThan({ bend, ...recipe }: Recipe): Generator<Recipe> {
  for (const [field, value] of Object.entries(bend)) {
    if (typeof value !== 'number' || value <= 0) continue
    for (const less of new Set([0, 1, Math.floor(value / 2), value - 1])) {
      if (less < value) yield { ...recipe, bend: { ...bend, [field]: less } }
    }
  }
}

const maxAttempts = 40
