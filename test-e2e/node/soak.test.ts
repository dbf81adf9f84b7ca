import { describe, expect, test } from 'vitest'
import { judge } from '../soak/judge.js'
import type { MemorySample } from '../soak/memory.js'
import { scenarios } from '../soak/scenarios.js'
import { type SoakReport, soak } from '../soak/soak.js'
import { missingTool } from '../support/tools.js'

/** The short form of `npm run soak`. */
describe.skipIf(missingTool('openssl'))('a few hundred connections of every kind', () => {
  test('leave nothing behind in the server', async () => {
    const report = await soak({ warmUp: 150, connections: 250, samples: 5, atOnce: 24, idle: 50 })
    // a connection that is kept costs tens of kilobytes; so few make the rest of the heap look uneven
    expect(judge(report, { growth: 4000 })).toEqual([])
    expect(Object.keys(report.counts.done).toSorted()).toEqual(Object.keys(scenarios).toSorted())
    expect(report.server.at(-1)?.connections).toBeGreaterThan(300)
    expect(report.afterIdle.handles).toMatchObject({ TCPServerWrap: 1 })
    for (const kind of ['TCPSocketWrap', 'Timeout']) expect(report.afterIdle.handles).not.toHaveProperty(kind)
    // the peers' failures are told by their names, none is a bug of ours
    expect(Object.keys(report.serverFailures)).not.toContain('internal')
    expect(Object.keys(report.serverFailures)).not.toContain('unknown')
    expect(report.idle.server.heap).toBeLessThan(150_000)
    expect(report.idle.client.heap).toBeLessThan(200_000)
  }, 120_000)
})

describe('the judge of a soak', () => {
  const sample = (connections: number, heap: number, handles: MemorySample['handles'] = { TCPServerWrap: 1 }) =>
    ({ connections, heap, rss: heap, handles }) satisfies MemorySample
  const report: SoakReport = {
    counts: { done: { full: 200 }, failures: [] },
    serverFailures: {},
    server: [sample(100, 1_000_000), sample(200, 1_000_100)],
    client: [sample(100, 1_000_000), sample(200, 1_000_000)],
    growth: { server: 1, client: 0 },
    idle: { server: { heap: 1, rss: 1 }, client: { heap: 1, rss: 1 } },
    afterIdle: sample(300, 1_000_000),
  }

  test('is content with a flat one', () => expect(judge(report)).toEqual([]))

  test('tells of memory that grows, handles that stay and connections that went wrong', () => {
    expect(judge({ ...report, growth: { server: 101, client: 0 } })).toEqual([
      "the server's heap grows by 101 bytes a connection",
    ])
    const left = sample(300, 1_000_000, { TCPServerWrap: 1, Timeout: 2 })
    expect(judge({ ...report, afterIdle: left })).toEqual(['after 300 connections the server has 2 Timeout, before 0'])
    expect(judge({ ...report, counts: { done: {}, failures: ['full: late'] } })).toEqual([
      'a connection went wrong: full: late',
    ])
  })
})
