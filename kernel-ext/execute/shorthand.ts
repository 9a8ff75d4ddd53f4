import type * as TypeScript from "@tslab/typescript-for-tslab";

type MutableTypeScript = { -readonly [key in keyof typeof TypeScript]: (typeof TypeScript)[key] };
type Visit = (node: TypeScript.Node, visitor: TypeScript.Visitor, ...rest: unknown[]) => TypeScript.Node | undefined;

/** tslab's file of what earlier cells declared. */
const EARLIER_CELLS = "__prev__.d.ts";

/** The visitor by which tslab turns names of earlier cells into properties of `exports`. */
const TSLAB_VISITOR = "wrapPrevIdentifier";

/**
 * Makes `{ data }` work where an earlier cell declared `data`. tslab asks the checker for the symbol of the name, and in a shorthand property
 * that is the property, not the variable; so the name stayed as it was and was not defined. Here it becomes `{ data: exports.data }`.
 */
export function expandShorthand(ts: typeof TypeScript, changed: MutableTypeScript): void {
  let program: TypeScript.BuilderProgram | undefined;
  const createWatchProgram = ts.createWatchProgram as (host: WatchHost) => unknown;
  changed.createWatchProgram = ((host: WatchHost) => {
    const created = host.afterProgramCreate;
    host.afterProgramCreate = (next) => {
      program = next;
      created?.call(host, next);
    };
    return createWatchProgram(host);
  }) as typeof TypeScript.createWatchProgram;

  const visitEachChild = ts.visitEachChild as unknown as Visit;
  const visit: Visit = (node, visitor, ...rest) => {
    if (node && visitor.name === TSLAB_VISITOR && ts.isShorthandPropertyAssignment(node) && program) {
      const checker = program.getProgram().getTypeChecker();
      const symbol = checker.getShorthandAssignmentValueSymbol(ts.getParseTreeNode(node) ?? node);
      if (symbol?.declarations?.some((declared) => declared.getSourceFile().fileName.endsWith(EARLIER_CELLS))) {
        return expanded(ts, node, visitor);
      }
    }
    return visitEachChild(node, visitor, ...rest);
  };
  changed.visitEachChild = visit as unknown as typeof TypeScript.visitEachChild;
}

interface WatchHost {
  afterProgramCreate?: (program: TypeScript.BuilderProgram) => void;
}

/** `data: exports.data`, or in a destructuring assignment with a default `data: exports.data = value`. */
function expanded(ts: typeof TypeScript, node: TypeScript.ShorthandPropertyAssignment, visitor: TypeScript.Visitor) {
  const { factory } = ts;
  const variable = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), node.name.text);
  const fallback = node.objectAssignmentInitializer;
  const value = fallback && (visitor(fallback) as TypeScript.Expression);
  return factory.createPropertyAssignment(node.name.text, value ? factory.createAssignment(variable, value) : variable);
}
