/** For what a program without types may have handed in: a value that `in` can ask for its members. */
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
