export { HttpError, type HttpErrorCode } from './http/http-error.js'
export type { HttpLimits } from './http/limits.js'
export { type HttpServer, serveHttp } from './http-server/serve-http.js'
export {
  defaultHttpServerLimits,
  type HttpHandler,
  type HttpRequestInfo,
  type HttpResponseEvent,
  type HttpServerLimits,
  type HttpServerOptions,
} from './http-server/server-options.js'
