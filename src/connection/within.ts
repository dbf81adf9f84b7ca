/** Waits for a step, but not for ever. @returns whether it was done in time */
export async function within(milliseconds: number, step: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([step.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}
