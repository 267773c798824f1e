/// Colours for light pages, dark pages and paper; sizes for wide screens, phones and paper.
///
/// Series colours are those of Okabe and Ito (2008), made for all kinds of colour vision, darkened or
/// lightened to a contrast of 3 to 1 with the page (WCAG 2.1, 1.4.11); text has at least 4.5 to 1.
enum StyleSheet {
  /// For drawings, in a page or alone.
  static let drawing = """
    :root{--page:#fff;--ink:#1c1c1e;--soft:#55575c;--line:#d7d9de;--edge:#8a8d94;\
    --c0:#0072b2;--c1:#b25500;--c2:#00785a;--c3:#a8467f;--c4:#6b6100;--c5:#3b5bdb}\
    @media (prefers-color-scheme:dark){:root{--page:#16181c;--ink:#f0f1f3;--soft:#b4b8c0;--line:#3a3d44;--edge:#7d818a;\
    --c0:#56b4e9;--c1:#f0a050;--c2:#3fcf9f;--c3:#e08fc0;--c4:#e6d94a;--c5:#9db2ff}}\
    @media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#ccc;--edge:#777;\
    --c0:#0072b2;--c1:#b25500;--c2:#00785a;--c3:#a8467f;--c4:#6b6100;--c5:#3b5bdb}}\
    .page{fill:var(--page)}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg text.tick{font-size:11.5px;fill:var(--soft)}\
    svg text.strong{font-weight:600}svg text.title{font-size:20px;font-weight:600}\
    .grid{stroke:var(--line)}.axis{stroke:var(--edge)}.reference{stroke:var(--edge);stroke-dasharray:5 4}\
    .interval{stroke:var(--edge);stroke-width:5;stroke-linecap:round;opacity:.55}\
    .curve{fill:none;stroke-width:2}.d1{stroke-dasharray:7 3}.d2{stroke-dasharray:2 3}\
    .s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}\
    .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
    """

  /// For pages, in addition to the style of drawings.
  static let page = """
    :root{color-scheme:light dark}*{box-sizing:border-box}\
    body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif}\
    main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}\
    h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0 1rem}h2{font-size:1.4rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}\
    h3{font-size:1.15rem;margin:2rem 0 .5rem}\
    a{color:var(--c0)}a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--c0);outline-offset:2px}\
    .skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem}\
    nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}\
    .verdict{border:1px solid var(--line);border-left:.5rem solid var(--edge);border-radius:.4rem;padding:1rem 1.25rem}\
    .verdict.pass{border-left-color:var(--c2)}.verdict.fail{border-left-color:var(--c1)}\
    .verdict p:first-child{font-size:1.25rem;font-weight:600;margin:0}.verdict ul{margin:.5rem 0 0;padding-left:1.2rem}\
    figure{margin:1.5rem 0}figure svg{display:block;width:100%;height:auto}\
    figcaption{color:var(--soft);max-width:44rem;margin-top:.5rem}figcaption strong{color:var(--ink)}\
    .narrow{display:none}.scroll{overflow-x:auto;margin:1.25rem 0}table{border-collapse:collapse;font-size:.92rem}\
    caption{text-align:left;font-weight:600;padding:.25rem 0;white-space:nowrap}\
    th,td{padding:.3rem .75rem;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums;vertical-align:top}\
    th:first-child,td:first-child{text-align:left;padding-left:0}th[scope=row]{font-weight:400}\
    td{white-space:nowrap}td.words{white-space:normal;text-align:left;min-width:14rem}code{font-size:.9em;overflow-wrap:anywhere}footer{color:var(--soft);margin-top:3rem;font-size:.9rem}\
    @media (max-width:40rem){main{padding:1rem .75rem 3rem}h1{font-size:1.5rem}th,td{padding:.3rem .5rem}.verdict{padding:.75rem}th[scope=row]{min-width:8rem}}\
    @media screen and (max-width:40rem){.wide{display:none}.narrow{display:block}}\
    @media print{td{white-space:normal}body{font-size:11pt}main{max-width:none;padding:0}nav,.skip{display:none}\
    figure,.verdict,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}}
    """
}
