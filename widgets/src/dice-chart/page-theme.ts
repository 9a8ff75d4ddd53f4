import type { Lifecycle } from "../shared/lifecycle.js";
import type { Theme } from "./figure/theme.js";

/**
 * The page's current colors as `rgb(…)`, since plotly does not support CSS variables. They are read outside the chart:
 * in an off-screen cell, whose rendering JupyterLab skips, changed colors are not computed and all of them would equal
 * the first one.
 */
export function themeOf(element: HTMLElement): Theme {
  const probe = document.createElement("div");
  probe.className = "sl sl-hidden";
  document.body.append(probe);
  const resolved = (color: string) => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const surface = resolved("var(--sl-surface)");
  const theme = {
    text: resolved("var(--jp-ui-font-color1, rgba(0, 0, 0, 0.87))"),
    soft: resolved("var(--sl-soft)"),
    grid: resolved("var(--sl-line)"),
    surface,
    font: getComputedStyle(element).fontFamily,
    isDark: brightness(surface) < 128,
    measure: measureIn(getComputedStyle(element).fontFamily),
  };
  probe.remove();
  return theme;
}

function brightness(color: string): number {
  const [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

function measureIn(family: string): Theme["measure"] {
  const context = document.createElement("canvas").getContext("2d");
  return (text, size) => {
    if (!context) return text.length * size * 0.6;
    context.font = `${size}px ${family}`;
    return context.measureText(text).width;
  };
}

/** Calls `changed` when JupyterLab changes its theme. */
export function onThemeChange(changed: () => void, lifecycle: Lifecycle): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  lifecycle.onEnd(() => observer.disconnect());
}
