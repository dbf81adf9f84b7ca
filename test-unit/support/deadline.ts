/** Fails when a promise is still pending: nothing may be left hanging. */
export async function within<T>(promise: Promise<T>, what: string, milliseconds = 5000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still pending after ${milliseconds} ms: ${what}`)), milliseconds)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** What a promise rejects with; fails when it resolves, or stays pending. */
export async function rejection(promise: Promise<unknown>, what: string, milliseconds?: number): Promise<unknown> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  const outcome = await within(settled, what, milliseconds)
  if ('error' in outcome) return outcome.error
  throw new Error(`${what} resolved`)
}

/** Whether a promise is pending after all that is under way had its chance. */
export async function isPending(promise: Promise<unknown>, milliseconds = 50): Promise<boolean> {
  let pending = true
  const settle = () => {
    pending = false
  }
  promise.then(settle, settle)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  return pending
}
