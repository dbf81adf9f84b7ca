/** Of what is expected that which the stack tells at all. */
export function told<T extends object>(said: object, expected: T): Partial<T> {
  return Object.fromEntries(Object.entries(expected).filter(([key]) => key in said)) as Partial<T>
}
