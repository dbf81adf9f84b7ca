import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { renderExport } from './render-export.js'

/** Where the reference stands. */
export const apiDocument = new URL('../../docs/api.md', import.meta.url)

const folder = fileURLToPath(new URL('../../', import.meta.url))

/** An entry point of the package and what it exports, in the order of the reference. */
export interface EntryPoint {
  /** As it is imported, for example `webtls/x509`. */
  readonly name: string
  readonly exports: readonly ApiExport[]
}

export interface ApiExport {
  readonly name: string
  readonly kind: 'function' | 'class' | 'constant' | 'type'
  readonly symbol: ts.Symbol
  /** The entry point before this one that has the same thing. */
  readonly sameAs: string | undefined
}

interface Api {
  readonly entryPoints: readonly EntryPoint[]
  readonly checker: ts.TypeChecker
}

/** The public API as the compiler sees it. It takes the compiler some seconds, once. */
export function readApi(): Api {
  read ??= compile()
  return read
}
let read: Api | undefined

/** Every export of every entry point, from its declaration and its comment. */
export function apiReference(): string {
  const { entryPoints, checker } = readApi()
  const symbols = new Set(entryPoints.flatMap(({ exports }) => exports.map(({ symbol }) => symbol)))
  const isPublic = (symbol: ts.Symbol) => symbols.has(symbol)
  return entryPoints
    .map(({ name, exports }) =>
      [`## \`${name}\``, ...exports.map((each) => renderExport(each, checker, isPublic))].join('\n\n'),
    )
    .join('\n\n')
}

function compile(): Api {
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { exports: Record<string, unknown> }
  const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json')
  const files = paths.map((path) => ({
    name: path.replace('.', 'webtls'),
    file: `${folder}src/${path === '.' ? 'index' : path.slice(2)}.ts`,
  }))
  const config = ts.readConfigFile(`${folder}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, folder)
  const program = ts.createProgram(
    files.map(({ file }) => file),
    options,
  )
  const checker = program.getTypeChecker()
  const seen = new Map<ts.Symbol, string>()
  const entryPoints = files.map(({ name, file }) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (!module) throw new Error(`${file} is no module`)
    const exports = checker.getExportsOfModule(module).map((alias) => describe(alias, checker, seen))
    for (const { symbol } of exports) if (!seen.has(symbol)) seen.set(symbol, name)
    return { name, exports: exports.sort(byKindAndName) }
  })
  return { entryPoints, checker }
}

function describe(alias: ts.Symbol, checker: ts.TypeChecker, seen: ReadonlyMap<ts.Symbol, string>): ApiExport {
  const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias
  return { name: alias.name, kind: kindOf(symbol), symbol, sameAs: seen.get(symbol) }
}

function kindOf({ flags, valueDeclaration }: ts.Symbol): ApiExport['kind'] {
  if (flags & ts.SymbolFlags.Class) return 'class'
  if (flags & ts.SymbolFlags.Function) return 'function'
  if (!(flags & ts.SymbolFlags.Variable)) return 'type'
  const initializer = valueDeclaration && ts.isVariableDeclaration(valueDeclaration) && valueDeclaration.initializer
  return initializer && ts.isArrowFunction(initializer) ? 'function' : 'constant'
}

const kinds: readonly ApiExport['kind'][] = ['function', 'class', 'constant', 'type']

const byKindAndName = (a: ApiExport, b: ApiExport): number =>
  kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1)
