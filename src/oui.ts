import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readFile, shareRoot } from './packaged.ts'
import { readVendors, type VendorLookup } from './phones/vendor.ts'

const TABLE = join(shareRoot, 'oui.txt.gz')

let table: VendorLookup | undefined

/** Who a MAC (12 lower-case hexadecimal digits) was given to, by the package's own table, which is read at the first call. */
export const vendorOf: VendorLookup = (mac) => {
  table ??= readVendors(gunzipSync(readFile(TABLE)).toString('utf8'))
  return table(mac)
}
