/** The names of the BroadcastChannels of two tabs that know the same id. */
export function tabChannels(id: string) {
  return { control: `webtls demo ${id} control`, tls: `webtls demo ${id} tls` }
}
