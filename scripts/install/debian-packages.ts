import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCommand } from './find-command.js'

export interface InstallReport {
  readonly installed: readonly string[]
  /** Commands that the end-to-end tests use and that are not there. */
  readonly missing: readonly string[]
  readonly failure: string | undefined
}

/**
 * What the end-to-end tests use besides Node, as Debian packages it. Only what is missing is installed, and only where
 * that is possible without asking: as root, with apt-get, unless WEBTLS_NO_INSTALL is set.
 */
export async function installDebianPackages(): Promise<InstallReport> {
  const wanted = missingTools()
  if (wanted.length === 0) return { installed: [], missing: [], failure: undefined }
  if (!canInstall()) return { installed: [], missing: wanted.map((tool) => tool.command), failure: undefined }

  const packages = [...new Set(wanted.map((tool) => tool.package))]
  console.log(`installing ${packages.join(' ')}`)
  const done =
    (await aptGet(['update'])) &&
    (await aptGet(['install', '--yes', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', ...packages]))
  const missing = missingTools().map((tool) => tool.command)
  return {
    installed: packages,
    missing,
    failure: done ? undefined : `apt-get could not install ${packages.join(' ')}`,
  }
}

interface Tool {
  readonly command: string
  readonly package: string
}

const tools: readonly Tool[] = [
  { command: 'openssl', package: 'openssl' },
  { command: 'nginx', package: 'nginx-light' },
  { command: 'gnutls-serv', package: 'gnutls-bin' },
  { command: 'selfserv', package: 'libnss3-tools' },
  { command: 'tshark', package: 'tshark' },
  { command: 'curl', package: 'curl' },
  { command: 'pg_ctlcluster', package: 'postgresql' },
  { command: 'redis-server', package: 'redis-server' },
  { command: '/usr/lib/dovecot/imap-login', package: 'dovecot-imapd' },
  { command: 'aiosmtpd', package: 'python3-aiosmtpd' },
  { command: 'chromium', package: 'chromium' },
  { command: 'firefox-esr', package: 'firefox-esr' },
  { command: 'WebKitWebDriver', package: 'webkit2gtk-driver' },
  { command: 'Xvfb', package: 'xvfb' },
  { command: 'dbus-run-session', package: 'dbus' },
]

/** What npm's Node 26 is linked with. */
const atomicLibrary = { command: 'libatomic.so.1', package: 'libatomic1' }

function missingTools(): readonly Tool[] {
  const missing = tools.filter((tool) => findCommand(tool.command) === undefined)
  return process.platform === 'linux' && !hasAtomicLibrary() ? [...missing, atomicLibrary] : missing
}

function hasAtomicLibrary(): boolean {
  return ['/usr/lib', '/usr/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].some((folder) =>
    existsSync(`${folder}/${atomicLibrary.command}`),
  )
}

function canInstall(): boolean {
  if (process.env.WEBTLS_NO_INSTALL !== undefined) return false
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version')
}

/** A package mirror fails now and then: three tries. */
async function aptGet(args: readonly string[]): Promise<boolean> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { status } = spawnSync('apt-get', ['-q', '-o', 'Acquire::Retries=3', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // run level 1 keeps the packages' scripts from starting the services they bring
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    })
    if (status === 0) return true
    console.log(`apt-get ${args[0]} failed, attempt ${attempt} of ${attempts}`)
    if (attempt < attempts) await sleep(attempt * 10_000)
  }
  return false
}

const attempts = 3
