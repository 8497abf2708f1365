import * as echarts from 'echarts';

const titles = { runs: 'runs (17 domains)', domains: 'domains (512 runs)' };
// Okabe and Ito's colours, told apart by the colour-blind too; with as many symbols again, no two lines look alike.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#7f7f7f'];
const symbols = ['circle', 'rect', 'triangle', 'diamond'];

/** An SVG of seconds per fit against runs, and against domains, both axes logarithmic; one line per model. */
export function drawCost(measured, axes) {
  const models = [...new Set(measured.map(({ model }) => model))];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 960, height: 460 });
  const places = { runs: { left: 70, right: 520 }, domains: { left: 530, right: 30 } };
  const panels = Object.keys(axes);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: 'Processor seconds per fit of one target', left: 'center', top: 8, textStyle: { fontSize: 15 } },
    legend: { bottom: 4, data: models },
    grid: panels.map((axis) => ({ ...places[axis], top: 50, bottom: 110 })),
    xAxis: panels.map((axis, gridIndex) => ({
      gridIndex,
      type: 'log',
      logBase: 2,
      min: axes[axis][0][axis],
      max: axes[axis].at(-1)[axis],
      name: titles[axis],
      nameLocation: 'middle',
      nameGap: 30,
    })),
    yAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'log',
      min: 0.0001,
      max: 100,
      axisLabel: { formatter: (seconds) => String(Number(seconds.toPrecision(1))) },
    })),
    series: models.flatMap((model, place) =>
      panels.map((axis, index) => ({
        name: model,
        type: 'line',
        xAxisIndex: index,
        yAxisIndex: index,
        color: model === 'auto' ? '#000000' : colours[place % colours.length],
        lineStyle: { width: model === 'auto' ? 3 : 1.5 },
        symbol: symbols[place % symbols.length],
        symbolSize: 7,
        data: measured.filter((row) => row.model === model && row.axis === axis).map((row) => [row[axis], row.seconds]),
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
