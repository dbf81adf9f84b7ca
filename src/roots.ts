export { loadMozillaRoots, mozillaRootsInfo } from './certificates/roots/mozilla-roots.js'
