/** What the build makes of an import that ends so: the URL of a worker's bundle. */
declare module '*?worker&url' {
  const url: string
  export default url
}

interface ImportMeta {
  readonly env: { readonly DEV: boolean }
}
