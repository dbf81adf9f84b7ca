/** The files that this tab shares, by the path at which they are asked for. */
export class SharedFiles {
  readonly #files = new Map<string, File>()

  add(file: File): void {
    this.#files.set(`/files/${encodeURIComponent(file.name)}`, file)
  }

  remove(path: string): void {
    this.#files.delete(path)
  }

  find(path: string): File | undefined {
    return this.#files.get(path)
  }

  entries(): readonly (readonly [path: string, file: File])[] {
    return [...this.#files]
  }
}
