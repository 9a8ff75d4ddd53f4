import { nodeAt } from "./nodes.js";
import ts from "./typescript.cjs";

/**
 * Doc comments of packages' declarations are not parsed at startup: they are most of the text, and few are ever needed.
 */
export class Documentation {
  readonly #files = new Map<string, ts.SourceFile | undefined>();

  /**
   * The doc comment of a declaration, as text with its tags; empty if there is none. `start` is the position of the
   * declared name.
   */
  at(path: string, start: number): string {
    let node = this.#nodeAt(path, start);
    for (; node && !ts.isSourceFile(node); node = node.parent) {
      const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
      if (comments.length > 0) return comments.map(textOf).join("\n\n");
      // The comment above belongs to the enclosing declaration.
      if (ts.isStatement(node) || ts.isTypeElement(node) || ts.isClassElement(node)) return "";
    }
    return "";
  }

  #nodeAt(path: string, start: number): ts.Node | undefined {
    if (!this.#files.has(path)) {
      const text = ts.sys.readFile(path);
      const file = text === undefined ? undefined : ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      this.#files.set(path, file);
    }
    const file = this.#files.get(path);
    return file && nodeAt(file, start);
  }
}

function textOf({ comment, tags = [] as unknown as ts.NodeArray<ts.JSDocTag> }: ts.JSDoc): string {
  const lines = tags.map((tag) => {
    const name = ts.isJSDocParameterTag(tag) ? ` ${tag.name.getText()}` : "";
    return `@${tag.tagName.text}${name} ${ts.getTextOfJSDocComment(tag.comment) ?? ""}`.trimEnd();
  });
  return [ts.getTextOfJSDocComment(comment) ?? "", ...lines].filter((part) => part !== "").join("\n\n");
}
