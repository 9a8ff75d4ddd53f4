/**
 * Calls a method of an object for as long as something else holds the object: for a listener that outlives it. It is no
 * closure, which would hold what others in its function use.
 */
export function weakly<Arg, Method extends string>(
  object: { readonly [method in Method]: (arg: Arg) => void },
  method: Method,
): (arg: Arg) => void {
  const weak = new WeakRef(object);
  return (arg) => weak.deref()?.[method](arg);
}
