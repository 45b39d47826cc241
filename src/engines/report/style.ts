/** The style sheet: light and dark by what the reader's system prefers, and paper. No fonts or pictures from elsewhere. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#16202e;--soft:#5a6678;--line:#e1e6ed;--accent:#0b6bcb;
--good:#16794a;--good-bg:#dcf3e6;--fair:#8a5a00;--fair-bg:#fdf0d0;--poor:#b3261e;--poor-bg:#fde4e1;--none-bg:#eceff3;
--good-fill:#34a772;--fair-fill:#e2a93b;--poor-fill:#d9483b;--band:#0b6bcb1f;--shadow:0 1px 2px #0f172a0f,0 4px 16px #0f172a0a}
@media (prefers-color-scheme:dark){:root{--bg:#0e141b;--card:#161e28;--ink:#e6ebf2;--soft:#9aa7b8;--line:#273341;--accent:#6cb2ff;
--good:#6fd6a0;--good-bg:#12362a;--fair:#f0c265;--fair-bg:#3a2d10;--poor:#ff9d94;--poor-bg:#43201e;--none-bg:#222d3a;
--good-fill:#4cc38a;--fair-fill:#e2b04f;--poor-fill:#f0695d;--band:#6cb2ff2b;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-font-smoothing:antialiased}
main,header,footer{max-width:1240px;margin:0 auto;padding:0 28px}
header{padding-top:36px;padding-bottom:8px}
h1{font-size:28px;line-height:1.2;letter-spacing:-.015em;margin:0 0 4px}
h2{font-size:19px;letter-spacing:-.01em;margin:0 0 14px}
h3{font-size:15px;margin:0 0 8px;overflow-wrap:anywhere}
section{margin:34px 0 0}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:14px}
a{color:var(--accent);text-decoration:none;text-underline-offset:3px}
a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px;z-index:1}
.quiet,.count,time,figcaption,small{color:var(--soft)}
.count{font-size:14px;font-weight:400;margin-left:6px;letter-spacing:0}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.empty{color:var(--soft);background:var(--card);border:1px dashed var(--line);border-radius:12px;padding:18px;margin:0}
.card .empty{border:0;padding:0;background:none}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px;box-shadow:var(--shadow);min-width:0}
.overview{display:grid;grid-template-columns:1.15fr 1fr 1fr;gap:18px}
.overview h2{font-size:13px;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin-bottom:10px;font-weight:600}
.hero{display:flex;gap:22px;align-items:center}
.ring{width:136px;flex:none}
.ring circle{fill:none;stroke-width:11}
.ring .track{stroke:var(--line)}.ring .arc{stroke-linecap:round}
.ring.band-good .arc{stroke:var(--good-fill)}.ring.band-fair .arc{stroke:var(--fair-fill)}.ring.band-poor .arc{stroke:var(--poor-fill)}
.ring.band-none .arc{stroke:none}
.ring text{fill:var(--ink)}.ring .big{font-size:31px;font-weight:700;letter-spacing:-.03em}
.ring .tick{font-size:11px;fill:var(--soft)}
.verdict{font-size:17px;line-height:1.35;margin:0 0 6px;font-weight:600}
.trend{margin:8px 0 0}.spark{width:150px;height:30px;display:block}.trend figcaption{font-size:13px}
.bars{list-style:none;margin:0;padding:0;display:grid;gap:11px}
.bars li{display:grid;grid-template-columns:104px 1fr 44px;align-items:center;gap:10px}
.bars svg{width:100%;height:8px}.bars .track{fill:var(--line)}.bars .fill{fill:var(--line)}.bars .band-good .fill{fill:var(--good-fill)}.bars .band-fair .fill{fill:var(--fair-fill)}.bars .band-poor .fill{fill:var(--poor-fill)}
.bars .label{color:var(--ink)}.bars .number{text-align:right;font-variant-numeric:tabular-nums;font-weight:600;color:var(--ink)}
.band-good{color:var(--good)}.band-fair{color:var(--fair)}.band-poor{color:var(--poor)}.band-none{color:var(--soft)}
.tiles{display:grid;grid-template-columns:1fr 1fr;gap:12px 18px;margin:0}
.tiles dt{font-size:13px;color:var(--soft)}.tiles dd{margin:0;font-size:20px;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles small{font-size:13px;font-weight:400;letter-spacing:0}
.cards{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:16px}
.incident{border-left:4px solid var(--line)}
.incident.critical,.incident.high{border-left-color:var(--poor-fill)}.incident.normal{border-left-color:var(--fair-fill)}
.row{display:flex;gap:8px;align-items:center;margin-bottom:10px}.row time{margin-left:auto;font-size:13px}
.pill{font-size:12px;white-space:nowrap;font-weight:650;padding:2px 9px;border-radius:99px;background:var(--none-bg);color:var(--soft)}
.pill.critical{background:var(--poor);color:var(--card)}.pill.high{background:var(--poor-bg);color:var(--poor)}
.pill.normal{background:var(--fair-bg);color:var(--fair)}.pill.plain{background:none;padding:2px 0;font-weight:400}
.checks{margin:0 0 10px;padding-left:18px;list-style:disc}.checks li{margin:2px 0;overflow-wrap:anywhere}
.incident p{margin:0;font-size:13px}
code{font:12.5px/1.4 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--none-bg);border-radius:4px;padding:1px 5px;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:18px}
.charts figure{margin:0}.charts figcaption{font-size:13px;margin-top:6px;overflow-wrap:anywhere}
.charts h3{display:flex;gap:8px;justify-content:space-between;align-items:baseline}
.chart{width:100%;height:auto;display:block}
.chart text,.lineage text{font-family:inherit}
.grid{stroke:var(--line)}.tick{font-size:11px;fill:var(--soft)}
.band{fill:var(--band)}.line{fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.anomaly{fill:var(--poor-fill);stroke:var(--card);stroke-width:1.5}.last{fill:var(--accent);stroke:var(--card);stroke-width:1.5}
.value{font-size:12px;font-weight:650;fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:4px}
.scroll{overflow-x:auto;max-width:100%}
.lineage{display:block;max-width:100%;height:auto;margin:0 auto}.lineage.wide{min-width:880px}
.edge{fill:none;stroke:var(--soft);stroke-opacity:.45;stroke-width:1.5}
.node rect{fill:var(--card);stroke:var(--line);stroke-width:1.5}
.node text{fill:var(--ink);font-size:13px}.node .small{font-size:10.5px;fill:var(--soft)}.node .name{font-weight:600}
.node.band-good rect{stroke:var(--good-fill)}.node.band-fair rect{stroke:var(--fair-fill)}
.node.band-poor rect,.node.failing rect{stroke:var(--poor-fill);stroke-width:2}
.node.failing rect{fill:var(--poor-bg)}.node .flag{fill:var(--poor);font-weight:700;font-size:15px}
.node.exposure rect{fill:var(--none-bg);stroke:var(--soft)}.node.step rect{stroke:var(--soft);stroke-dasharray:4 3}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:12px 0 0;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.legend svg{width:22px;height:14px;vertical-align:-2px;margin-right:6px}
table{border-collapse:collapse;width:100%;font-size:14px;background:var(--card)}
section>.scroll,details .scroll{border:1px solid var(--line);border-radius:12px}
section>.scroll th:first-child,details .scroll th:first-child{padding-left:16px}
th,td{text-align:left;padding:8px 9px;border-bottom:1px solid var(--line);vertical-align:middle}
thead th,.num,.score,time{white-space:nowrap}tbody th{overflow-wrap:anywhere;min-width:130px}
tbody tr:last-child>*{border-bottom:0}
thead th{font-size:12.5px;font-weight:600;color:var(--soft)}tbody th{font-weight:600}
.num{text-align:right;font-variant-numeric:tabular-nums}
.card th:first-child,.card td:first-child{padding-left:0}.card td:last-child,.card th:last-child{padding-right:0}
.score{display:inline-block;min-width:46px;text-align:center;border-radius:6px;padding:1px 8px;font-weight:600;font-variant-numeric:tabular-nums}
.score.band-good{background:var(--good-bg)}.score.band-fair{background:var(--fair-bg)}.score.band-poor{background:var(--poor-bg)}
.score.band-none{font-weight:400}
.bad{color:var(--poor)}
.result-pass{fill:var(--good-fill);opacity:.8}.result-warn{fill:var(--fair-fill)}.result-fail,.result-error{fill:var(--poor-fill)}.result-skipped{fill:var(--line)}
svg.time{vertical-align:1px;margin-right:6px}.bar{white-space:nowrap}.time .fill{fill:var(--accent);opacity:.7}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:18px}
.timeline{list-style:none;margin:0;padding:0 0 0 16px;border-left:2px solid var(--line);display:grid;gap:10px}
.timeline time{font-size:13px}
details{margin-top:14px}summary{cursor:pointer;color:var(--accent);margin-bottom:10px}
.columns{columns:280px;margin:0;padding-left:18px}
footer{margin-top:44px;padding-top:18px;padding-bottom:40px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
@media (max-width:980px){.overview{grid-template-columns:1fr}.charts,.pair{grid-template-columns:1fr}main,header,footer{padding-left:18px;padding-right:18px}}
@media print{body{background:#fff;font-size:12px}nav,.skip{display:none}.card,.scroll,figure,li{break-inside:avoid;box-shadow:none}.scroll{overflow:visible}section{margin-top:22px}}
`;
