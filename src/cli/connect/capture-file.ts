import { type FileHandle, open } from 'node:fs/promises'
import type { ConnectionCapture } from '../../inspect/connection-capture.js'
import { UsageError } from '../usage-error.js'

/** `--pcap`: the connection as a file with its secrets in it, which Wireshark decrypts. Only its owner may read it. */
export class CaptureFile {
  readonly #capture: ConnectionCapture
  readonly #path: string
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle, capture: ConnectionCapture) {
    this.#path = path
    this.#file = file
    this.#capture = capture
  }

  /** Made before anything is sent: a connection is not had again. @throws UsageError */
  static async create(path: string, capture: ConnectionCapture): Promise<CaptureFile> {
    try {
      const file = await open(path, 'w', 0o600)
      // a file that was there may be readable by others
      await file.chmod(0o600)
      return new CaptureFile(path, file, capture)
    } catch (error) {
      throw new UsageError(`--pcap ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Once the connection is over, however it ended. @returns what there is to say of it */
  async save(): Promise<string | undefined> {
    try {
      await this.#file.writeFile(this.#capture.toPcapng())
      await this.#file.close()
    } catch (error) {
      return `the capture cannot be written: ${error instanceof Error ? error.message : String(error)}`
    }
    const { isWhole, totalBytes } = this.#capture
    return isWhole ? undefined : `${this.#path} has the start of the connection alone: it took ${totalBytes} bytes`
  }
}
