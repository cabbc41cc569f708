import { useId, useState } from 'react'
import type { RestoreItem } from '#common/backup-state.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { Say, useFormat, useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { IconPlate } from '../../ui/card.tsx'
import { CheckBox, CheckList } from '../../ui/check-list.tsx'
import { Bar, Page } from '../../ui/page.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import styles from './pick.module.css'
import { goBack } from './restore.tsx'
import type { StepAt } from './step-at.ts'

/** What to bring back, and where to. All is ticked at first. */
export function Pick({ step: { items, folder, problem } }: Readonly<{ step: StepAt<'pick'> }>) {
  const t = useText()
  const format = useFormat()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(items.map(({ path }) => path)))
  const [search, setSearch] = useState('')
  const choose = useDeed(bridge.restore.chooseFolder)
  const start = useDeed(bridge.restore.start)
  const missingId = useId()
  const chosen = items.filter(({ path }) => ticked.has(path))
  const size = format.bytes(chosen.reduce((sum, { bytes }) => sum + bytes, 0))
  const isEverything = chosen.length === items.length
  const isNothing = chosen.length === 0
  const mainName =
    folder === null
      ? t('pick.chooseFolder')
      : isEverything
        ? t('pick.everything')
        : t('pick.restore', { n: chosen.length })
  const tickAll = (isOn: boolean): void => setTicked(new Set(isOn ? items.map(({ path }) => path) : []))

  return (
    <Page
      isFilled
      title={t('pick.title')}
      aside={items.length > 1 && <SearchField label={t('pick.search')} value={search} onChange={setSearch} />}
      onSubmit={() => (folder === null ? choose.run() : start.run({ only: chosen.map(({ path }) => path) }))}
      onBack={goBack}
      bar={
        <Bar
          note={
            folder === null ? (
              t('pick.size', { size })
            ) : (
              <span className={styles.target}>
                <span>
                  <Say id="pick.to" values={{ size, folder: <b>{folder}</b> }} />
                </span>
                <Button tone="quiet" onPress={() => choose.run()} isPending={choose.isPending}>
                  {t('pick.change')}
                </Button>
              </span>
            )
          }
          end={
            <>
              <Button onPress={goBack}>{t('common.back')}</Button>
              <Button
                tone="primary"
                type="submit"
                isDisabled={isNothing}
                isPending={start.isPending || (folder === null && choose.isPending)}
                describedBy={isNothing ? missingId : undefined}
              >
                {mainName}
              </Button>
            </>
          }
        />
      }
    >
      <div className={styles.content}>
        <ProblemBanner
          problem={choose.problem ?? start.problem ?? problem ?? null}
          context={folder === null ? {} : { place: folder }}
        />
        <div className={styles.sheet}>
          <div className={styles.head}>
            <CheckBox
              label={t('pick.all')}
              state={isEverything && items.length > 0 ? 'on' : isNothing ? 'off' : 'some'}
              onChange={tickAll}
              isDisabled={items.length === 0}
            />
            <output className={styles.count}>
              {t('pick.count', { n: format.number(chosen.length), total: format.number(items.length) })}
            </output>
          </div>
          <CheckList
            label={t('pick.list')}
            items={useRows(items, search)}
            ticked={ticked}
            onChange={setTicked}
            whenEmpty={search === '' ? t('pick.emptyBackup') : t('pick.nothing', { text: search })}
          />
        </div>
        {isNothing && (
          <p id={missingId} className="visually-hidden">
            {t('pick.missing')}
          </p>
        )}
      </div>
    </Page>
  )
}

function useRows(items: readonly RestoreItem[], search: string) {
  const t = useText()
  const format = useFormat()
  const wanted = search.trim().toLocaleLowerCase()
  return items
    .filter(({ path }) => path.toLocaleLowerCase().includes(wanted))
    .map(({ path, name, isFolder, files, bytes }) => {
      const above = path.slice(0, -name.length).replace(/\/$/, '')
      return {
        id: path,
        name,
        icon: <IconPlate name={isFolder ? 'message' : 'sheet'} />,
        hint: above === '' ? undefined : <bdi>{above}</bdi>,
        value: isFolder ? t('size.filesAndBytes', { n: files, size: format.bytes(bytes) }) : format.bytes(bytes),
      }
    })
}
