import type { Insertable, Selectable } from 'kysely'
import type { FormerPhone, Phone } from '../phone.ts'
import type { Tables } from './tables.ts'
import { msOfTimestamp, timestampOf } from './text.ts'

/** Phones as the tables have them, and back. */

export function phoneOf(row: Selectable<Tables['registered_phones']>): Phone {
  return {
    id: Number(row.id),
    mac: row.mac_address,
    extension: row.extension_number,
    userAgent: row.user_agent,
    ip: row.ip_address,
    firstRegisteredMs: msOfTimestamp(row.first_registered),
    lastRegisteredMs: msOfTimestamp(row.last_registered),
    contactUri: row.contact_uri,
    contactKey: row.contact_key,
    expires: Number(row.expires),
  }
}

export function rowOf(phone: Omit<Phone, 'id'>): Insertable<Tables['registered_phones']> {
  return {
    mac_address: phone.mac,
    extension_number: phone.extension,
    user_agent: phone.userAgent,
    ip_address: phone.ip,
    first_registered: timestampOf(phone.firstRegisteredMs),
    last_registered: timestampOf(phone.lastRegisteredMs),
    contact_uri: phone.contactUri,
    contact_key: phone.contactKey,
    expires: phone.expires,
  }
}

export function formerOf(row: Selectable<Tables['phone_history']>): FormerPhone {
  return {
    phoneId: Number(row.phone_id),
    atMs: msOfTimestamp(row.changed_at),
    mac: row.mac_address,
    extension: row.extension_number,
    userAgent: row.user_agent,
    ip: row.ip_address,
  }
}

/** What `phone` was until then, as a part of the history of the row `phoneId`. */
export function historyOf(phone: Phone, phoneId: number, atMs: number): Insertable<Tables['phone_history']> {
  return {
    phone_id: phoneId,
    mac_address: phone.mac,
    extension_number: phone.extension,
    user_agent: phone.userAgent,
    ip_address: phone.ip,
    changed_at: timestampOf(atMs),
  }
}
