/** Zoom, turn and position of a picture on the stage; kept per picture. */

import { reactive } from 'vue'

export interface Pose {
  readonly zoom: number
  readonly x: number
  readonly y: number
  readonly turn: number
}

export const FIT: Pose = { zoom: 1, x: 0, y: 0, turn: 0 }
const STEP = 1.25
const MIN = 0.5
const MAX = 8

const clampZoom = (zoom: number): number => Math.min(MAX, Math.max(MIN, zoom))

/** Zooms about a point given from the middle of the pane. */
export function zoomed(pose: Pose, factor: number, atX = 0, atY = 0): Pose {
  let zoom = clampZoom(pose.zoom * factor)
  if (Math.abs(zoom - 1) < 0.04) zoom = 1
  const by = zoom / pose.zoom
  return { ...pose, zoom, x: atX - (atX - pose.x) * by, y: atY - (atY - pose.y) * by }
}

export const zoomIn = (pose: Pose): Pose => zoomed(pose, STEP)
export const zoomOut = (pose: Pose): Pose => zoomed(pose, 1 / STEP)
export const turned = (pose: Pose): Pose => ({ ...pose, turn: pose.turn + 90, x: 0, y: 0 })

export function usePoses() {
  const poses = reactive(new Map<string, Pose>())
  return {
    of: (imageId: string): Pose => poses.get(imageId) ?? FIT,
    set: (imageId: string, pose: Pose): void => {
      poses.set(imageId, pose)
    },
  }
}
