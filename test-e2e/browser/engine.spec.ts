import { expect, test } from './fixtures.js'

test('the page has WebCrypto', async ({ testPage }) => {
  const found = await testPage.evaluate(async (text) => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    return { isSecureContext, firstByte: new Uint8Array(digest)[0] }
  }, 'abc')
  expect(found).toEqual({ isSecureContext: true, firstByte: 0xba })
})

test('a failure in the page reaches the test', async ({ testPage }) => {
  const failing = testPage.evaluate(async () => {
    throw new TypeError('as asked')
  }, undefined)
  await expect(failing).rejects.toThrow('as asked')
})
