import type { ImageDetail } from '@madang/api'
import { Text } from '@mantine/core'
import { t } from '../i18n/index.ts'
import { Section } from '../ui/pieces.tsx'
import { bytesText } from '../ui/time.tsx'
import { historyText, shortDigest } from './image-names.ts'
import classes from './image-layers.module.css'

type Layer = ImageDetail['layers'][number]

/** An instruction with the layer that it made; those that only set something made none. */
interface Step {
  text: string
  layer?: Layer | undefined
}

/** The layers in the order they were made, each beside its instruction, with its part of the whole. */
export function ImageLayers({ layers, history }: Pick<ImageDetail, 'layers' | 'history'>) {
  const largest = Math.max(...layers.map((layer) => layer.sizeBytes), 1)
  const steps = stepsOf(layers, history)
  return (
    <Section title={t('registry.layers', { count: layers.length })}>
      <ol className={`card rows ${classes['list']}`}>
        {steps.map((step, index) => (
          <li key={index} className={classes['step']} data-empty={!step.layer}>
            <Text
              size="sm"
              className={`mono ${classes['text']}`}
              title={step.layer && `${step.layer.digest}\n${step.layer.mediaType}`}
            >
              {step.text}
            </Text>
            {step.layer && (
              <>
                <span className={classes['bar']} aria-hidden>
                  <span style={{ width: `${(step.layer.sizeBytes / largest) * 100}%` }} />
                </span>
                <Text size="sm" className={`dim ${classes['size']}`}>
                  {bytesText(step.layer.sizeBytes)}
                </Text>
              </>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}

/** The config's history names one layer for every entry that is not empty, in the same order. */
function stepsOf(layers: Layer[], history: ImageDetail['history']): Step[] {
  const filled = history.filter((entry) => !entry.isEmpty)
  if (filled.length !== layers.length) {
    return layers.map((layer) => ({ text: shortDigest(layer.digest), layer }))
  }
  let next = 0
  return history.map((entry) => {
    const layer = entry.isEmpty ? undefined : layers[next++]
    // `docker import` says nothing of how it was made.
    return { text: historyText(entry.createdBy) || shortDigest(layer?.digest ?? ''), layer }
  })
}
