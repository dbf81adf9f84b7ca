/** node-postgres as it runs on Cloudflare's Workers: its stream is pg-cloudflare's. Plain JavaScript: it has no types. */
import { useConnect } from 'cloudflare:sockets'
import pg from 'pg'

export async function queryWithPg(connect, { host, port, ssl = true }) {
  useConnect(connect)
  const client = new pg.Client({
    host,
    port,
    user: 'tester',
    database: 'postgres',
    ssl,
    connectionTimeoutMillis: 20_000,
  })
  const errors = []
  client.on('error', (error) => errors.push(String(error)))
  await client.connect()
  const { rows: session } = await client.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()')
  const { rows: sums } = await client.query('select $1::int + $2::int as sum', [40, 2])
  const { rows: large } = await client.query("select repeat('x', 5000000) as text")
  await client.query('create temporary table notes (id serial, note text)')
  await client.query('insert into notes (note) select $1 from generate_series(1, 1000)', ['y'.repeat(1000)])
  const { rows: counted } = await client.query(
    'select count(*)::int as count, sum(length(note))::int as length from notes',
  )
  const failed = await client.query('select nonsense').catch((error) => error.code)
  await client.end()
  return { ...session[0], sum: sums[0].sum, length: large[0].text.length, notes: counted[0], failed, errors }
}

/** Twenty clients of a pool of five, each with a query of its own. */
export async function poolWithPg(connect, { host, port }) {
  useConnect(connect)
  const pool = new pg.Pool({ host, port, user: 'tester', database: 'postgres', ssl: true, max: 5 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, number) => pool.query('select $1::int as number, pg_sleep(0.01)', [number])),
  )
  await pool.end()
  return answers.map(({ rows }) => rows[0].number)
}
