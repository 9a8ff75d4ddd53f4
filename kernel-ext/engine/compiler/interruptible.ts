import { RUNTIME } from "../runtime-names.js";
import ts from "./typescript.cjs";

// Code that may continue after an interrupt first checks whether it may.

/** `ˑˑdead() && await ˑˑnever()` */
function stop(factory: ts.NodeFactory): ts.Expression {
  const call = (name: string) => factory.createCallExpression(factory.createIdentifier(name), undefined, []);
  return factory.createLogicalAnd(call(RUNTIME.dead), factory.createAwaitExpression(call(RUNTIME.never)));
}

function withStop(factory: ts.NodeFactory, block: ts.Block): ts.Block {
  return factory.updateBlock(block, [factory.createExpressionStatement(stop(factory)), ...block.statements]);
}

export function awaitWithStop(factory: ts.NodeFactory, visited: ts.AwaitExpression): ts.Expression {
  return factory.createCallExpression(factory.createIdentifier(RUNTIME.first), undefined, [visited, stop(factory)]);
}

export function tryWithStop(factory: ts.NodeFactory, visited: ts.TryStatement): ts.TryStatement {
  const { tryBlock, catchClause, finallyBlock } = visited;
  const caught =
    catchClause &&
    factory.updateCatchClause(catchClause, catchClause.variableDeclaration, withStop(factory, catchClause.block));
  return factory.updateTryStatement(visited, tryBlock, caught, finallyBlock && withStop(factory, finallyBlock));
}

/** @param canFollow true where a second statement may follow the loop */
export function forAwaitWithStop(factory: ts.NodeFactory, visited: ts.ForOfStatement, canFollow: boolean): ts.Node[] {
  const { awaitModifier, initializer, expression, statement } = visited;
  const body = withStop(factory, ts.isBlock(statement) ? statement : factory.createBlock([statement]));
  const loop = factory.updateForOfStatement(visited, awaitModifier, initializer, expression, body);
  return canFollow ? [loop, factory.createExpressionStatement(stop(factory))] : [loop];
}

const promiseMethods = new Set(["then", "catch", "finally"]);

/** True for `.then`, `.catch` and `.finally`, whose arguments run after the cell's own code. */
export function isPromiseMethod(callee: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(callee) && promiseMethods.has(callee.name.text);
}

export function callbackWithStop(factory: ts.NodeFactory, argument: ts.Expression): ts.Expression {
  if (ts.isSpreadElement(argument)) return argument;
  return factory.createCallExpression(factory.createIdentifier(RUNTIME.callback), undefined, [argument]);
}
