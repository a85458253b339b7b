import { afterAll, beforeAll, describe } from 'vitest'
import { needs } from '../require.ts'
import { locationsContract } from './locations.contract.ts'
import { emptiedPostgresPlaces, sqlitePlace } from './places.ts'
import { POSTGRES, type PostgresServer, startPostgres } from './postgres-server.ts'
import { recordsContract } from './records.contract.ts'
import { statusContract } from './status.contract.ts'

describe('the records in SQLite', () => {
  recordsContract(sqlitePlace)
  locationsContract(sqlitePlace)
  statusContract(sqlitePlace)
})

describe.skipIf(needs('root', POSTGRES))('the records in PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.close())

  const place = emptiedPostgresPlaces(() => server)
  recordsContract(place)
  locationsContract(place)
  statusContract(place)
})
