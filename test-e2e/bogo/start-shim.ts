import { type ChildProcess, fork } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export interface Shim {
  /** What the runner starts for each test. */
  readonly path: string
  /** How many workers came to their end before this: by an exception or rejection that no one took. */
  crashes(): number
  stop(): Promise<void>
}

export interface ShimOptions {
  /** How many processes stay and take the tests; with 0 each test has a process of its own. */
  readonly workers: number
  /** Has a test that needs what is not implemented fail, so that the runner reports what that is. */
  readonly tellsMissing: boolean
  /** The binary of the Node to run it on. */
  readonly node: string
}

/** The shim with all that it imports in one file. */
export async function startShim({ workers, tellsMissing, node }: ShimOptions): Promise<Shim> {
  const directory = await mkdtemp(join(tmpdir(), 'webtls-bogo-'))
  await bundle(directory)
  const path = join(directory, 'shim')
  const running = Array.from({ length: workers }, () =>
    fork(join(directory, 'worker.mjs'), { execPath: node, execArgv: ['--no-warnings'] }),
  )
  const ports = await Promise.all(running.map(portOf))
  // the runner takes what stands on stderr for a failure: Node's own warnings must not
  const launcher =
    workers > 0 ? workerLauncher(ports, tellsMissing) : processLauncher(node, join(directory, 'shim.mjs'), tellsMissing)
  await writeFile(path, launcher)
  await chmod(path, 0o755)
  return {
    path,
    crashes: () => running.filter(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null).length,
    async stop() {
      for (const worker of running) if (worker.connected) worker.disconnect()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function bundle(directory: string): Promise<void> {
  const entry = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      outDir: directory,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: { shim: entry('shim.ts'), worker: entry('worker.ts') },
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  })
}

const portOf = (worker: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    worker.once('message', (port) => resolve(Number(port)))
    worker.once('exit', (code) => reject(new Error(`a worker ended at its start with ${code}`)))
  })

/** 90 is the runner's code for a failure whatever the test expects. */
const rename = (tellsMissing: boolean): string => (tellsMissing ? '[ "$code" = 89 ] && code=90\n' : '')

const processLauncher = (node: string, shim: string, tellsMissing: boolean): string => `#!/bin/sh
'${node}' --no-warnings '${shim}' "$@"
code=$?
${rename(tellsMissing)}exit $code
`

/** Bash, because it starts in no time and speaks TCP. */
const workerLauncher = (ports: readonly number[], tellsMissing: boolean): string => `#!/bin/bash
ports=(${ports.join(' ')})
exec 3<>/dev/tcp/127.0.0.1/\${ports[$$ % ${ports.length}]}
printf '%s\\0' "$#" "$@" >&3
IFS= read -r code <&3
IFS= read -r -d '' text <&3
${rename(tellsMissing)}if [ "$code" = 0 ]; then printf '%s' "$text"; else printf '%s' "$text" >&2; fi
exit "\${code:-1}"
`
