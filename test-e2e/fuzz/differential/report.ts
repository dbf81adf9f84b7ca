import { describeFinding, type FuzzResult } from './fuzz.js'

const outcomes = ['accepted', 'refused', 'waited', 'astray', 'hung'] as const

/** What was compared, what differed and why; the last line is the sum. */
export function printReport(result: FuzzResult, stacks: readonly string[], showsAlerts: boolean): void {
  const { counts, explained, unexplained, alerts, options, seconds } = result
  console.log(`\n${'place and bend'.padEnd(58)}${stacks.map((name) => name.padStart(16)).join('')}`)
  console.log(`${''.padEnd(58)}${stacks.map(() => 'ok/no/wait'.padStart(16)).join('')}`)
  for (const key of [...counts.keys()].sort()) {
    const cells = stacks.map((stack) => {
      const outcomes = counts.get(key)?.get(stack)
      if (!outcomes) return '-'.padStart(16)
      const of = (name: string) => outcomes?.get(name) ?? 0
      const astray = of('astray') + of('hung')
      return `${of('accepted')}/${of('refused')}/${of('waited')}${astray > 0 ? `+${astray}` : ''}`.padStart(16)
    })
    console.log(key.padEnd(58) + cells.join(''))
  }
  if (showsAlerts) {
    console.log('\nalerts that the others agree on, and we do not:')
    for (const [difference, comparisons] of alerts) {
      console.log(`${comparisons.length} x ${difference}`)
      const paths = new Map(
        comparisons.map((each) => [`${each.recipe.bend.kind} ${each.path.replace(/\d+/g, 'N')}`, each]),
      )
      for (const [path, { recipe, verdicts }] of [...paths].slice(0, 12)) {
        console.log(`    ${path}: ${verdicts.get('webtls')?.note()}\n        ${JSON.stringify(recipe)}`)
      }
    }
  }
  for (const [reason, divergences] of explained) {
    console.log(`\n${divergences.length} explained: ${reason}`)
    const [example] = divergences
    if (example) console.log(describeFinding(example.finding, example.comparison))
  }
  if (unexplained.length > 0) console.log('\nunexplained:')
  for (const { finding, comparison } of unexplained) console.log(describeFinding(finding, comparison))
  console.log()
  for (const stack of stacks) {
    const totals = outcomes.map((outcome) => `${result.total(stack, outcome)} ${outcome}`)
    console.log(`${stack}: ${totals.join(', ')}`)
  }
  const sum = [...explained.values()].reduce((total, each) => total + each.length, 0)
  console.log(
    `\n${options.cases} cases, seed ${options.seed}, ${Math.round(seconds)} s; divergences: ${sum} explained, ${unexplained.length} unexplained`,
  )
}
