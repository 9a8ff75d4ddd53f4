import { RUNTIME, variableIn } from "../runtime-names.js";
import ts from "./typescript.cjs";

/** The names that compiled JSX needs without their standing in the text: `React`, or what tsconfig.json says. */
export function jsxNames({ jsxFactory, jsxFragmentFactory, reactNamespace, jsx }: ts.CompilerOptions): string[] {
  if (jsx !== ts.JsxEmit.React) return [];
  const names = [jsxFactory ?? reactNamespace ?? "React", jsxFragmentFactory ?? "React"];
  return [...new Set(names.map((name) => name.split(".")[0]!))];
}

/** Makes compiled JSX find its factory where that is a variable of the notebook. TypeScript makes those names after ours were seen to. */
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

/** Such a name stands nowhere in the text, and belongs to an element that does. */
function isMadeForJsx({ pos, parent }: ts.Identifier): boolean {
  if (pos >= 0 || !parent) return false;
  return ts.isJsxOpeningLikeElement(parent) || ts.isJsxOpeningFragment(parent) || ts.isJsxFragment(parent);
}
