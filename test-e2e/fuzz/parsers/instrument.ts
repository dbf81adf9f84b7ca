import ts from 'typescript'

/**
 * Counts each branch of a script in `globalThis.__coverage`, an array of bytes: functions, branches of statements and
 * of expressions, loops, cases.
 * @returns the script and how many counters it has
 */
export function instrument(code: string): { readonly code: string; readonly counters: number } {
  let counters = 0
  const { factory } = ts
  const count = (): ts.Expression =>
    factory.createPostfixIncrement(
      factory.createElementAccessExpression(factory.createIdentifier('__coverage'), counters++),
    )
  const transformer: ts.TransformerFactory<ts.SourceFile> = (context) => {
    const counted = (node: ts.Expression) => factory.createParenthesizedExpression(factory.createComma(count(), node))
    const block = (node: ts.Statement) =>
      ts.isBlock(node)
        ? factory.updateBlock(node, [factory.createExpressionStatement(count()), ...node.statements])
        : factory.createBlock([factory.createExpressionStatement(count()), node], true)
    const visit = (original: ts.Node): ts.Node => {
      const node = ts.visitEachChild(original, visit, context)
      if (ts.isIfStatement(node)) {
        const otherwise = node.elseStatement ? block(node.elseStatement) : block(factory.createBlock([]))
        return factory.updateIfStatement(node, node.expression, block(node.thenStatement), otherwise)
      }
      if (ts.isConditionalExpression(node)) {
        const { condition, questionToken, whenTrue, colonToken, whenFalse } = node
        const [one, other] = [counted(whenTrue), counted(whenFalse)]
        return factory.updateConditionalExpression(node, condition, questionToken, one, colonToken, other)
      }
      if (ts.isBinaryExpression(node) && shortCircuits.has(node.operatorToken.kind)) {
        return factory.updateBinaryExpression(node, node.left, node.operatorToken, counted(node.right))
      }
      if (ts.isForStatement(node)) {
        const { initializer, condition, incrementor, statement } = node
        return factory.updateForStatement(node, initializer, condition, incrementor, block(statement))
      }
      if (ts.isForOfStatement(node)) {
        const { awaitModifier, initializer, expression, statement } = node
        return factory.updateForOfStatement(node, awaitModifier, initializer, expression, block(statement))
      }
      if (ts.isWhileStatement(node)) return factory.updateWhileStatement(node, node.expression, block(node.statement))
      if (ts.isCaseClause(node)) {
        const statements = [factory.createExpressionStatement(count()), ...node.statements]
        return factory.updateCaseClause(node, node.expression, statements)
      }
      if (ts.isCatchClause(node)) {
        return factory.updateCatchClause(node, node.variableDeclaration, block(node.block) as ts.Block)
      }
      if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = node
        const body = counted(node.body)
        return factory.updateArrowFunction(
          node,
          modifiers,
          typeParameters,
          parameters,
          type,
          equalsGreaterThanToken,
          body,
        )
      }
      return node
    }
    return (file) => ts.visitEachChild(file, visit, context)
  }
  const file = ts.createSourceFile('targets.cjs', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const result = ts.transform(file, [transformer])
  const [transformed] = result.transformed
  if (!transformed) throw new Error('nothing came of the instrumentation')
  return { code: ts.createPrinter().printFile(transformed), counters }
}

const shortCircuits: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
])
