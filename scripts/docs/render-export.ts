import ts from 'typescript'
import type { ApiExport } from './api-reference.js'

/**
 * One export as Markdown: its declaration, what its comment says, its members.
 * @param isPublic whether a symbol has a place of its own in the reference; what has none is shown where it is used
 */
export function renderExport(
  { name, kind, symbol, sameAs }: ApiExport,
  checker: ts.TypeChecker,
  isPublic: (symbol: ts.Symbol) => boolean,
): string {
  if (sameAs !== undefined) return `### ${name}\n\nThe same as in \`${sameAs}\`.`
  const declaration = symbol.declarations?.[0]
  if (!declaration) throw new Error(`${name} has no declaration`)
  const parts = [`### ${name}`, comment(symbol, checker)]
  if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)) {
    parts.push(heritage(declaration), memberTable(allMembers(declaration, checker, isPublic), checker))
  } else if (ts.isTypeAliasDeclaration(declaration)) {
    parts.push(code(aliasOf(declaration, checker)))
    for (const part of partsOf(declaration.type, checker, isPublic)) {
      parts.push(`\`${part.name.text}\`:`, memberTable(part.members, checker))
    }
  } else {
    const word = ts.isVariableDeclaration(declaration) && kind === 'constant' ? 'const ' : ''
    parts.push(code(word + signatureOf(declaration)))
  }
  parts.push(...tags(symbol, checker))
  return parts.filter((part) => part !== '').join('\n\n')
}

type Member = ts.ClassElement | ts.TypeElement
type IsPublic = (symbol: ts.Symbol) => boolean

/** With those of interfaces that it extends and that are not exported. */
function allMembers(
  declaration: ts.InterfaceDeclaration | ts.ClassDeclaration,
  checker: ts.TypeChecker,
  isPublic: IsPublic,
): readonly Member[] {
  const hidden = (declaration.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types)
    .flatMap(({ expression }) => hiddenInterface(expression, checker, isPublic) ?? [])
  return [...membersOf(declaration), ...hidden.flatMap((each) => allMembers(each, checker, isPublic))]
}

/** Interfaces that a union or intersection is made of and that are not exported. */
function partsOf(type: ts.TypeNode, checker: ts.TypeChecker, isPublic: IsPublic): readonly ts.InterfaceDeclaration[] {
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) {
    return type.types.flatMap((each) => partsOf(each, checker, isPublic))
  }
  if (!ts.isTypeReferenceNode(type)) return []
  return hiddenInterface(type.typeName, checker, isPublic) ?? []
}

function hiddenInterface(
  name: ts.Node,
  checker: ts.TypeChecker,
  isPublic: IsPublic,
): ts.InterfaceDeclaration[] | undefined {
  const found = checker.getSymbolAtLocation(name)
  const symbol = found && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found
  const declaration = symbol?.declarations?.[0]
  if (!symbol || isPublic(symbol) || !declaration || !ts.isInterfaceDeclaration(declaration)) return undefined
  return declaration.getSourceFile().fileName.includes('/src/') ? [declaration] : undefined
}

/** Names that are made from a table are written out. */
function aliasOf(declaration: ts.TypeAliasDeclaration, checker: ts.TypeChecker): string {
  const type = checker.getTypeAtLocation(declaration)
  const isMadeFromTable = ts.isTypeOperatorNode(declaration.type) || ts.isIndexedAccessTypeNode(declaration.type)
  if (!isMadeFromTable || !type.isUnion()) return signatureOf(declaration)
  const names = type.types.map((each) => `'${(each as ts.StringLiteralType).value}'`)
  return `type ${declaration.name.text} =\n  | ${names.join('\n  | ')}`
}

function membersOf(declaration: ts.Declaration): readonly Member[] {
  if (ts.isInterfaceDeclaration(declaration)) return declaration.members
  if (!ts.isClassDeclaration(declaration)) return []
  return declaration.members.filter(isVisible)
}

function isVisible(member: ts.ClassElement): boolean {
  if (ts.isSemicolonClassElement(member) || ts.isClassStaticBlockDeclaration(member)) return false
  const isPrivate = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
  const isInternal = ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
  return !isPrivate && !isInternal && !(member.name && ts.isPrivateIdentifier(member.name))
}

function memberTable(members: readonly Member[], checker: ts.TypeChecker): string {
  if (members.length === 0) return ''
  const rows = members.map((member) => {
    const symbol = member.name ? checker.getSymbolAtLocation(member.name) : undefined
    // a constructor has no name of its own
    const about = symbol ? [comment(symbol, checker), ...tags(symbol, checker)] : [ownComment(member)]
    return `| \`${cell(signatureOf(member))}\` | ${cell(about.filter((text) => text !== '').join(' '))} |`
  })
  return ['| member | |', '|---|---|', ...rows].join('\n')
}

function heritage(declaration: ts.InterfaceDeclaration | ts.ClassDeclaration): string {
  const clauses = (declaration.heritageClauses ?? []).map((clause) => {
    const word = clause.token === ts.SyntaxKind.ExtendsKeyword ? 'extends' : 'implements'
    return `${word} ${clause.types.map((type) => `\`${type.getText()}\``).join(', ')}`
  })
  if (clauses.length === 0) return ''
  return `${ts.isClassDeclaration(declaration) ? 'Class' : 'Interface'}, ${clauses.join(', ')}.`
}

/** A declaration without comments, without the words that say nothing here, and without its body. */
function signatureOf(declaration: ts.Declaration): string {
  const printer = ts.createPrinter({ removeComments: !ts.isTypeAliasDeclaration(declaration) })
  const text = printer.printNode(ts.EmitHint.Unspecified, withoutBody(declaration), declaration.getSourceFile())
  return text
    .replace(/^(?:\/\*\*[\s\S]*?\*\/\n)?export /, '')
    .replace(/\b(?:readonly|async|override) /g, '')
    .replace(/\s*\{ \}$/, '')
    .replace(/;$/, '')
    .replace(/^ {4}/gm, '  ')
}

function withoutBody(declaration: ts.Declaration): ts.Node {
  const { factory } = ts
  if (ts.isFunctionDeclaration(declaration)) {
    const { asteriskToken, name, typeParameters, parameters, type } = declaration
    return factory.createFunctionDeclaration(
      undefined,
      asteriskToken,
      name,
      typeParameters,
      parameters,
      type,
      undefined,
    )
  }
  if (ts.isVariableDeclaration(declaration)) {
    const { name, initializer, type } = declaration
    if (initializer && ts.isArrowFunction(initializer) && !type && ts.isIdentifier(name)) {
      const { typeParameters, parameters } = initializer
      const made = initializer.type
      return factory.createFunctionDeclaration(undefined, undefined, name, typeParameters, parameters, made, undefined)
    }
    const shown = initializer && ts.isObjectLiteralExpression(initializer) && isPlain(initializer)
    return factory.createVariableDeclaration(name, undefined, type, shown ? initializer : undefined)
  }
  if (ts.isMethodDeclaration(declaration)) {
    const { modifiers, asteriskToken, name, questionToken, typeParameters, parameters, type } = declaration
    return factory.createMethodDeclaration(
      modifiers,
      asteriskToken,
      name,
      questionToken,
      typeParameters,
      parameters.map(withoutDefault),
      type,
      undefined,
    )
  }
  if (ts.isConstructorDeclaration(declaration)) {
    return factory.createConstructorDeclaration(undefined, declaration.parameters.map(withoutDefault), undefined)
  }
  if (ts.isGetAccessorDeclaration(declaration)) {
    const { modifiers, name, type } = declaration
    return factory.createPropertyDeclaration(modifiers, name, undefined, type, undefined)
  }
  if (ts.isPropertyDeclaration(declaration)) {
    const { modifiers, name, questionToken, type } = declaration
    return factory.createPropertyDeclaration(modifiers, name, questionToken, type, declaration.initializer)
  }
  return declaration
}

/** Limits and the like, whose values are of interest. */
const isPlain = ({ properties }: ts.ObjectLiteralExpression): boolean =>
  properties.length < 20 &&
  properties.every((property) => ts.isPropertyAssignment(property) && !ts.isFunctionLike(property.initializer))

/** `options: X = {}` is optional to who calls it; a pattern of names is the business of who is called. */
function withoutDefault(parameter: ts.ParameterDeclaration): ts.ParameterDeclaration {
  const { factory } = ts
  const name = ts.isIdentifier(parameter.name) ? parameter.name : 'options'
  const isOptional = parameter.initializer !== undefined || parameter.questionToken !== undefined
  const question = isOptional ? factory.createToken(ts.SyntaxKind.QuestionToken) : undefined
  const type = parameter.type
  return factory.createParameterDeclaration(undefined, parameter.dotDotDotToken, name, question, type, undefined)
}

const comment = (symbol: ts.Symbol, checker: ts.TypeChecker): string =>
  oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)))

function ownComment(member: Member): string {
  const [found] = ts.getJSDocCommentsAndTags(member)
  return found && ts.isJSDoc(found) ? oneLine(ts.getTextOfJSDocComment(found.comment) ?? '') : ''
}

function tags(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  return symbol.getJsDocTags(checker).flatMap(({ name, text }) => {
    const said = ts.displayPartsToString(text)
    if (name === 'example') return [code(said)]
    if (name === 'param') return [`\`${said.split(' ')[0]}\`: ${oneLine(said.slice(said.indexOf(' ') + 1))}.`]
    if (name === 'returns') return [`Returns ${oneLine(said)}.`]
    if (name === 'throws') return [`Throws ${oneLine(said)}.`]
    return []
  })
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

const cell = (text: string): string => oneLine(text).replaceAll('|', '\\|')

const code = (text: string): string => `\`\`\`typescript\n${text}\n\`\`\``
