import { isGrease } from '../messages/code-points.js'
import { extensionName, greaseMeaning } from './code-point-names.js'
import { type ExtensionPlace, extensionGuides } from './extension-guides.js'
import { type FieldReader, hexNumber } from './field-reader.js'

/** An extension block, RFC 9846 section 4.3: a length, and in it extensions of a type and a body each. */
export function extensionBlock(reader: FieldReader, place: ExtensionPlace): void {
  reader.vector(
    'extensions',
    2,
    (block) => {
      let count = 0
      block.list((inner) => {
        extension(inner, place)
        count++
      })
      return { value: count === 1 ? '1 extension' : `${count} extensions` }
    },
    { section: 'RFC 9846 section 4.3' },
  )
}

function extension(reader: FieldReader, place: ExtensionPlace): void {
  reader.struct('extension', (fields) => {
    const type = fields.uint('extension_type', 2, (value) => ({
      value: hexNumber(value, 2),
      meaning: isGrease(value) ? greaseMeaning : extensionName(value),
    }))
    const guide = extensionGuides.get(type)
    const body = guide?.bodies[place]
    const about = { value: extensionName(type), meaning: guide?.meaning, section: guide?.section }
    if (!body) {
      fields.opaque('extension_data', 2)
      return isGrease(type) ? { ...about, meaning: greaseMeaning, section: 'RFC 8701' } : about
    }
    fields.vector('extension_data', 2, (data) => body(data))
    return about
  })
}

/** A ServerHello is a HelloRetryRequest by its random alone. */
export const placeOfHello = (isRetry: boolean): ExtensionPlace => (isRetry ? 'helloRetryRequest' : 'serverHello')
