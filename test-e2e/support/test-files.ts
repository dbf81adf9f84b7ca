import { createCipheriv, createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface TestFiles {
  readonly folder: string
  readonly small: TestFile
  readonly medium: TestFile
  readonly large: TestFile
}

export interface TestFile {
  readonly name: string
  readonly path: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** What the servers serve: a short text, 2 MB and 50 MB that look random and are the same in every run. */
export function testFiles(): TestFiles {
  const folder = join(cacheFolder, 'webtls-test-files')
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder, { recursive: true })
    const making = mkdtempSync(join(cacheFolder, 'files-making-'))
    writeFileSync(join(making, 'small.txt'), smallText)
    writeFileSync(join(making, 'medium.bin'), pseudoRandomBytes(mediumSize))
    writeFileSync(join(making, 'large.bin'), pseudoRandomBytes(largeSize))
    renameSync(making, folder)
  }
  return {
    folder,
    small: testFile(folder, 'small.txt'),
    medium: testFile(folder, 'medium.bin'),
    large: testFile(folder, 'large.bin'),
  }
}

/** AES-CTR over zeros with a fixed key. */
export function pseudoRandomBytes(length: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  return cipher.update(Buffer.alloc(length))
}

function testFile(folder: string, name: string): TestFile {
  const path = join(folder, name)
  const content = readFileSync(path)
  return { name, path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

export const smallText = 'Only the two ends of the connection can read this line.\n'

const mediumSize = 2_000_000
const largeSize = 50_000_000
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))
