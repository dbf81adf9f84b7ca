/** Below this path a page learns what the relay saw of one of its connections. */
export const tapPath = '/demo/tap/'
export const configPath = '/demo/config.json'
