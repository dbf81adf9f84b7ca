import type { DemoConfig } from '../server/demo-config.js'
import { configPath } from '../server/tap-path.js'

/** A page that was published by itself has no config, and asks for everything. */
export async function loadConfig(): Promise<DemoConfig | undefined> {
  try {
    const response = await fetch(`.${configPath}`)
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return response.ok && isJson ? ((await response.json()) as DemoConfig) : undefined
  } catch {
    return undefined
  }
}
