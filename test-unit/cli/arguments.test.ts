import { describe, expect, it } from 'vitest'
import { Arguments } from '../../src/cli/arguments.js'
import { parseConnectTarget } from '../../src/cli/connect/target.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { cli } from './cli-support.js'

const read = (...args: string[]) =>
  new Arguments(args, {
    name: 'test',
    options: {
      name: { value: 'NAMES', multiple: true, help: '' },
      count: { value: 'COUNT', help: '' },
      time: { value: 'SECONDS', help: '' },
      which: { value: 'WHICH', help: '' },
      quiet: { short: 'q', help: '' },
    },
  })

describe('Arguments', () => {
  it('reads flags, values, lists and positionals', () => {
    const args = read('-q', 'here', '--name', 'a,b', '--name=c', '--count', '7', '--time', '1.5')
    expect(args.flag('quiet')).toBe(true)
    expect(args.positionals).toEqual(['here'])
    expect(args.list('name')).toEqual(['a', 'b', 'c'])
    expect(args.integer('count')).toBe(7)
    expect(args.milliseconds('time')).toBe(1500)
    expect(args.string('which')).toBeUndefined()
  })

  it.each(['-1', '1.5', '0x10', 'many', '', '99999999999999999'])('refuses "%s" as a whole number', (text) => {
    expect(() => read(`--count=${text}`).integer('count')).toThrow(UsageError)
  })

  it.each(['0', '-1', '1e3', 'soon'])('refuses "%s" as a time', (text) => {
    expect(() => read(`--time=${text}`).milliseconds('time')).toThrow(UsageError)
  })

  it('names what may be chosen', () => {
    expect(() => read('--which', 'c').oneOf('which', ['a', 'b'])).toThrow('--which is one of a, b, not "c"')
    expect(() => read('--name', 'a,,b').list('name')).toThrow('--name has an empty item')
  })

  it('guesses which option was meant', () => {
    expect(() => read('--cuont', '1')).toThrow('Did you mean --count?')
    expect(() => read('--count')).toThrow(UsageError)
  })
})

describe('the target', () => {
  it.each([
    ['example.com', 'example.com', 443],
    ['example.com:8443', 'example.com', 8443],
    ['192.0.2.1:5432', '192.0.2.1', 5432],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
    ['[::1]', '::1', 443],
    ['::1', '::1', 443],
    ['https://example.com/path?x', 'example.com', 443],
  ])('reads %s', (text, host, port) => expect(parseConnectTarget(text, 443)).toEqual({ host, port }))

  it.each(['', ':443', 'a b', 'host:', 'host:0', 'host:65536', 'host:x', '[::1', '[1.2.3.4]:1', 'http://x/'])(
    'refuses "%s"',
    (text) => expect(() => parseConnectTarget(text, 443)).toThrow(UsageError),
  )
})

describe('the command line', () => {
  it('teaches: an overview, and for each command options and examples', async () => {
    const overview = await cli(['--help'])
    expect(overview.code).toBe(0)
    for (const name of ['connect', 'serve', 'relay']) {
      expect(overview.stdout).toContain(`webtls ${name}`)
      const help = await cli([name, '--help'])
      expect(help.code).toBe(0)
      expect(help.stdout).toMatch(/Examples:\n {2}# /)
    }
    expect((await cli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it.each([
    [[], 'webtls connect'],
    [['conect'], 'there is no command "conect"'],
    [['connect'], 'takes one target'],
    [['connect', 'a', 'b'], 'takes one target'],
    [['connect', 'a', '--starttls', 'ftp'], '--starttls is one of postgres, smtp, imap, pop3'],
    [['connect', 'a', '--cert', 'x.pem'], '--cert and --key go together'],
    [['connect', 'a', '--psk', 'abcd', '--psk-identity', 'x'], 'at least 16 bytes'],
    [['connect', 'a', '--psk-identity', 'x'], 'go together'],
    [['connect', 'a', '--early-data', 'x'], 'needs --session-in'],
    [['connect', 'a', '--ca', '/nonexistent/ca.pem'], 'there is no such file'],
    [['connect', 'a', '--session-in', import.meta.filename], 'no file that --session-out has written'],
    [['connect', 'a', '--groups', 'x448'], 'known are'],
    [['connect', 'a', '--policy', 'default_tls'], 'did you mean'],
    [['serve', 'here'], 'takes options only'],
    [['serve', '--port', '70000'], 'from 0 to 65535'],
    [['serve', '--files', '/nonexistent'], 'no such folder'],
    [['serve', '--echo', '--files', '/'], 'one of them'],
    [['serve', '--client-auth', 'required'], 'needs --client-ca'],
    [['serve', '--tickets', '0', '--early-data', '10'], 'needs tickets'],
    [['relay', '--cert', 'x'], 'go together'],
    [['relay', '--metrics-host', '::'], 'needs --metrics-port'],
    [['relay', '--log', 'loud'], '--log is one of'],
    [['relay', '--allow', 'nonsense'], 'nonsense'],
  ])('webtls %j is a usage error', async (args, message) => {
    const { code, stderr } = await cli(args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it.each(['--insecure', '-k', '--no-verify'])('refuses %s and says what to do instead', async (option) => {
    const { code, stderr } = await cli(['connect', 'localhost', option])
    expect(code).toBe(2)
    expect(stderr).toContain('no way to skip the certificate check')
    expect(stderr).toContain('--ca ca.pem')
  })
})
