/** `npm run roots:age`: fails when the roots in src/certificates/roots are older than they should be in a release. */
import { rootsDate, rootsSource } from '../../src/certificates/roots/root-data.js'

const maxAgeDays = 120
const ageDays = Math.floor((Date.now() - Date.parse(rootsDate)) / 86_400_000)
console.log(`the roots are of ${rootsDate} (${rootsSource}), ${ageDays} days old; allowed are ${maxAgeDays}`)
if (ageDays > maxAgeDays) {
  console.error("run `npm run roots:make`, and review scripts/roots/root-metadata.ts against Mozilla's store")
  process.exitCode = 1
}
