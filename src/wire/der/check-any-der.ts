import { type DerElement, DerReader, type DerSource } from './der-reader.js'
import { DerTag } from './der-tag.js'

/** Walks a value whose type is not known here (ANY): every element well formed, constructed ones within `depth`. */
export function checkAnyDer(element: DerElement, source: DerSource, depth = 16): void {
  const { tag, contents, der } = element
  const isConstructed = (tag & 0x20) !== 0
  const reader = new DerReader(isConstructed ? contents : der, source)
  if (depth === 0) reader.fail('values are nested too deeply')
  const isUniversal = (tag & 0xc0) === 0
  if (isUniversal && isConstructed !== (tag === DerTag.sequence || tag === DerTag.set)) {
    reader.fail('a string is in constructed form, or a sequence is not')
  }
  if (!isConstructed) checkPrimitive(reader, tag)
  else while (!reader.isAtEnd) checkAnyDer(reader.element('value'), source, depth - 1)
}

function checkPrimitive(reader: DerReader, tag: number): void {
  switch (tag) {
    case DerTag.boolean:
      reader.boolean('value')
      break
    case DerTag.integer:
    case DerTag.enumerated:
      reader.integer('value', tag)
      break
    case DerTag.bitString:
      reader.bitString('value')
      break
    case DerTag.null:
      reader.null('value')
      break
    case DerTag.objectIdentifier:
      reader.objectIdentifier('value')
  }
}
