import { runTest } from './run-test.js'

/** The shim that BoringSSL's BoGo runner starts for each test, as a process of its own. */
const { exitCode, stdout, stderr } = await runTest(process.argv.slice(2))
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = exitCode
// sockets that linger would keep the process alive
process.exit()
