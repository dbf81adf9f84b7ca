/** Which item is looked at, and which of its fields: as the page's fragment says it. */
export interface InspectorLink {
  readonly item: string
  /** Places of children from the top, for example `1.5.0`; empty for the whole. */
  readonly field: string
}

export function readLink(fragment: string): InspectorLink | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const item = parameters.get('inspect') ?? ''
  const field = parameters.get('field') ?? ''
  if (!/^[a-z_]{1,40}(-\d{1,6})?$/.test(item)) return undefined
  return { item, field: /^\d{1,5}(\.\d{1,5}){0,20}$/.test(field) ? field : '' }
}

/** A fragment with the link in it, beside what it says already; without the `#`. */
export function withLink(fragment: string, link: InspectorLink | undefined): string {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  parameters.delete('inspect')
  parameters.delete('field')
  if (link) parameters.set('inspect', link.item)
  if (link?.field) parameters.set('field', link.field)
  return parameters.toString()
}
