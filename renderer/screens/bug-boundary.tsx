import { Component, type ReactNode } from 'react'
import { BackupError, type PlainError } from '#common/errors.ts'
import { problemWords } from '#common/problem-words.ts'
import { useText } from '../i18n.tsx'
import { Button } from '../ui/button.tsx'
import { Page } from '../ui/page.tsx'
import { Shell } from '../ui/shell.tsx'

type Props = Readonly<{ children: ReactNode }>
type State = Readonly<{ problem: PlainError | null }>

/** A bug in a screen must not leave an empty window: work goes on in the background, and this says so. */
export class BugBoundary extends Component<Props, State> {
  override state: State = { problem: null }

  static getDerivedStateFromError(thrown: unknown): State {
    return { problem: BackupError.from(thrown).toPlain() }
  }

  override render(): ReactNode {
    const { problem } = this.state
    if (!problem) return this.props.children
    return <Bug problem={problem} onAgain={() => this.setState({ problem: null })} />
  }
}

function Bug({ problem, onAgain }: Readonly<{ problem: PlainError; onAgain: () => void }>) {
  const t = useText()
  const { title, body, action } = problemWords(t, problem)
  return (
    <Shell>
      <Page
        title={title}
        lead={body}
        actions={
          <Button tone="primary" type="submit">
            {action}
          </Button>
        }
        onSubmit={onAgain}
      >
        <p data-selectable>{t('common.support', { code: String(problem.facts['support'] ?? '') })}</p>
      </Page>
    </Shell>
  )
}
