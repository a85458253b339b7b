import { useMemo } from 'preact/hooks'
import type { PhoneJson } from '../../api/records-wire.ts'
import { Badge } from '../ui/badge.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { figure } from '../words.ts'
import { firmwareByModel, type ModelFirmware } from './phone-list.ts'

/** Which firmware each model runs; a firmware is a button that shows the phones with it. */
export function Firmware({ phones, onChoose }: { readonly phones: readonly PhoneJson[]; readonly onChoose: (words: string) => void }) {
  const models = useMemo(() => firmwareByModel(phones), [phones])
  if (models.length === 0) return null
  const columns: readonly Column<ModelFirmware>[] = [
    { id: 'model', title: 'Model', wide: true, cell: ({ vendor, model }) => <Hostile text={`${vendor} ${model}`.trim()} />, sort: nameOf },
    { id: 'phones', title: 'Phones', numeric: true, cell: ({ phones }) => figure(phones), sort: ({ phones }) => phones },
    {
      ...{ id: 'firmware', title: 'Firmware', wide: true },
      cell: ({ model, firmwares }) => (
        <span class="badges">
          {firmwares.map(({ firmware, phones }) => (
            <button key={firmware} type="button" class="firmware" onClick={() => onChoose(`${model} ${firmware}`)}>
              <Hostile text={firmware} /> <span class="quiet">× {figure(phones)}</span>
            </button>
          ))}
          {firmwares.length > 1 && <Badge tone="warn">{`${firmwares.length} versions`}</Badge>}
        </span>
      ),
      sort: ({ firmwares }) => firmwares.length,
    },
  ]
  return (
    <section class="panel table">
      <h2>Firmware</h2>
      <Table caption="Firmware by model" columns={columns} rows={models} keyOf={nameOf} />
    </section>
  )
}

const nameOf = ({ vendor, model }: ModelFirmware): string => `${vendor} ${model}`
