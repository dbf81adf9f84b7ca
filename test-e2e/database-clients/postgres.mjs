/** Postgres.js as it runs on Cloudflare's Workers. Plain JavaScript, as its neighbour. */
import { useConnect } from 'cloudflare:sockets'
import postgres from 'postgres'

export async function queryWithPostgres(connect, { host, port, ssl = true }) {
  useConnect(connect)
  const sql = postgres({ host, port, user: 'tester', database: 'postgres', ssl, max: 2, connect_timeout: 20 })
  const [session] = await sql`select ssl, version from pg_stat_ssl where pid = pg_backend_pid()`
  const [{ sum }] = await sql`select ${40}::int + ${2}::int as sum`
  const [{ text }] = await sql`select repeat('x', 5000000) as text`
  const numbers = await Promise.all(
    Array.from({ length: 10 }, (_, number) => sql`select ${number}::int as number`.then(([row]) => row.number)),
  )
  const failed = await sql`select nonsense`.catch((error) => error.code)
  await sql.end()
  return { ...session, sum, length: text.length, numbers, failed }
}
