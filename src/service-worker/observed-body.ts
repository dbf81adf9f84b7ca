/**
 * The same body, telling when it is over: nothing is read before the page reads.
 * @param onEnd once, in any case. @param onError before it, when the body fails
 */
export function observedBody(
  body: ReadableStream<Uint8Array> | null,
  onEnd: () => void,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  if (body === null) {
    onEnd()
    return null
  }
  const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader()
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
          onEnd()
        } catch (error) {
          onError(error)
          onEnd()
          throw error
        }
      },
      async cancel(reason) {
        onEnd()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
