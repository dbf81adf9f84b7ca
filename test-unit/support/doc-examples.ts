import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A fenced block of TypeScript in a document. */
export interface DocExample {
  /** The second word behind the fence; tests run an example by it. */
  readonly name: string | undefined
  /** For example `docs/guide.md:120`. */
  readonly place: string
  /** What stands in a comment `<!-- given ... -->` right before the block: declarations that its reader can guess. */
  readonly given: string
  readonly code: string
}

const root = new URL('../../', import.meta.url)

/** @param document its path from the project's folder */
export function docExamples(document: string): readonly DocExample[] {
  const text = readFileSync(new URL(document, root), 'utf8')
  const pattern = /(?:<!-- given\n((?:(?!-->)[\s\S])*)-->\n\n?)?^```ts(?: ([a-z0-9-]+))?\n([\s\S]*?)^```$/gm
  return [...text.matchAll(pattern)].map(({ index, 1: given = '', 2: name, 3: code = '' }) => ({
    name,
    place: `${document}:${text.slice(0, index).split('\n').length}`,
    given,
    code,
  }))
}

/** What the compiler says of the examples against the source; nothing when all is well. */
export function typeErrors(examples: readonly DocExample[]): readonly string[] {
  const folder = fileURLToPath(root)
  const files = new Map(
    examples.map((example, index) => [
      `${folder}test-unit/docs/example-${index}.ts`,
      { example, text: `${example.code}\n${example.given}\nexport {}\n` },
    ]),
  )
  const config = ts.readConfigFile(`${folder}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, folder)
  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    paths: { webtls: ['./src/index.ts'], 'webtls/*': ['./src/*.ts'] },
    pathsBasePath: folder,
  }
  const host = ts.createCompilerHost(settings)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name)?.text ?? readFile(name)
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const file = files.get(name)
    return file ? ts.createSourceFile(name, file.text, languageVersion) : getSourceFile(name, languageVersion, ...rest)
  }
  const program = ts.createProgram([...files.keys()], settings, host)
  return [...files].flatMap(([name, { example }]) => {
    const file = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map((each) => `${example.place}: ${ts.flattenDiagnosticMessageText(each.messageText, '\n')}`)
  })
}

export interface RunOptions {
  /** Values for the names that the example takes as given. */
  readonly given?: Readonly<Record<string, unknown>>
  /** Texts of the example and what stands in their place: hosts of the example, hosts of the test. */
  readonly replace?: Readonly<Record<string, string>>
  /** Changed exports of a module. */
  readonly modules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Runs an example as it stands in the document. @returns what it declares at its top */
export async function runExample(example: DocExample, options: RunOptions = {}): Promise<Record<string, unknown>> {
  const { given = {}, replace = {}, modules = {} } = options
  let { code } = example
  for (const [text, other] of Object.entries(replace)) {
    if (!code.includes(text)) throw new Error(`${example.place} has no ${text}`)
    code = code.replaceAll(text, other)
  }
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022)
  const names = file.statements.flatMap(declaredNames)
  const load = async (specifier: string) => ({ ...(await importModule(specifier)), ...modules[specifier] })
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: false },
  })
  const body = outputText
    .replace(/^import \{([^}]*)\} from '([^']*)';?$/gm, (_, list: string, from: string) => {
      return `const {${list.replaceAll(' as ', ': ')}} = await load('${from}')`
    })
    .replace(/^export \{\s*\};?$/gm, '')
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<Record<string, unknown>>
  const run = new AsyncFunction('load', ...Object.keys(given), `${body}\nreturn { ${names.join(', ')} }`)
  return await run(load, ...Object.values(given))
}

async function importModule(specifier: string): Promise<Record<string, unknown>> {
  const match = /^webtls(?:\/(.+))?$/.exec(specifier)
  if (!match) return await import(/* @vite-ignore */ specifier)
  return await import(/* @vite-ignore */ new URL(`src/${match[1] ?? 'index'}.ts`, root).href)
}

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isFunctionDeclaration(statement)) return statement.name ? [statement.name.text] : []
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name))
}

function namesIn(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)))
}
