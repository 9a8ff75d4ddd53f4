import { RUNTIME, variableIn } from "../runtime-names.js";
import ts from "./typescript.cjs";

/** The names that compiled JSX uses implicitly: `React`, or those set in tsconfig.json. */
export function jsxNames({ jsxFactory, jsxFragmentFactory, reactNamespace, jsx }: ts.CompilerOptions): string[] {
  if (jsx !== ts.JsxEmit.React) return [];
  const names = [jsxFactory ?? reactNamespace ?? "React", jsxFragmentFactory ?? "React"];
  return [...new Set(names.map((name) => name.split(".")[0]!))];
}

/**
 * Makes compiled JSX find its factory if that is a notebook variable. TypeScript generates these names after our
 * transformer has run.
 */
export function jsxTransformer(isVariable: (name: string) => boolean): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const visit = (node: ts.Node): ts.Node => {
      if (!ts.isIdentifier(node) || !isMadeForJsx(node) || !isVariable(node.text)) {
        return ts.visitEachChild(node, visit, context);
      }
      return factory.createPropertyAccessExpression(factory.createIdentifier(variableIn(node.text)), RUNTIME.value);
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** A generated name has no position in the text, and its parent is an element that does. */
function isMadeForJsx({ pos, parent }: ts.Identifier): boolean {
  if (pos >= 0 || !parent) return false;
  return ts.isJsxOpeningLikeElement(parent) || ts.isJsxOpeningFragment(parent) || ts.isJsxFragment(parent);
}
