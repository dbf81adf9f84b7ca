import { describe, expect, it } from 'vitest'
import { SendBudget } from '../../src/transports/send-budget.js'

const never = new AbortController().signal

describe('a budget that streams share', () => {
  it('gives at once what there is, in claims of a bounded size', () => {
    const budget = new SendBudget(150, 100)
    expect(budget.claim(1000, never)).toBe(100)
    expect(budget.claim(1000, never)).toBe(50)
  })

  it('lets those who wait have a turn each, in order, whoever asks in between', async () => {
    const budget = new SendBudget(0, 10)
    const order: string[] = []
    const claim = async (name: string) => {
      const bytes = await budget.claim(100, never)
      order.push(`${name} ${bytes}`)
    }
    const claims = [claim('a'), claim('b'), claim('c')]
    budget.add(25)
    // what is left is for the one that waits, not for who comes now
    claims.push(claim('d'))
    budget.add(15)
    await Promise.all(claims)
    expect(order).toEqual(['a 10', 'b 10', 'c 5', 'd 10'])
  })

  it('ends the wait of who has no more use for it, and gives its turn to the next', async () => {
    const budget = new SendBudget(0, 10)
    const gone = new AbortController()
    const first = budget.claim(5, gone.signal)
    const second = budget.claim(5, never)
    gone.abort()
    budget.add(5)
    expect(await Promise.all([first, second])).toEqual([0, 5])
    expect(budget.claim(5, gone.signal)).toBe(0)
  })
})
