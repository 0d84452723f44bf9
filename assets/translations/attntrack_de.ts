<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>Follows anything through a video or a live camera, and shows why it believes what it believes: joint local and global search with a target-aware attention network and a classifier that learns while it tracks.</source>
        <translation>Verfolgt alles durch ein Video oder das Bild einer Kamera und zeigt, warum es glaubt, was es glaubt: gemeinsame lokale und globale Suche mit einem zielbezogenen Aufmerksamkeitsnetz und einem Klassifikator, der beim Verfolgen lernt.</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Networks run on</source>
        <translation>Netze laufen auf</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>BackendDialog</name>
    <message>
        <source>What runs the networks</source>
        <translation>Womit die Netze gerechnet werden</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Switch now; every target goes on from its last box</source>
        <translation>Jetzt wechseln; jedes Ziel macht bei seinem letzten Rahmen weiter</translation>
    </message>
    <message>
        <source>looking …</source>
        <translation>wird gesucht …</translation>
    </message>
    <message>
        <source>In use: {0}</source>
        <translation>In Gebrauch: {0}</translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation>noch nichts</translation>
    </message>
    <message>
        <source>GPU to compile for</source>
        <translation>GPU, für die übersetzt wird</translation>
    </message>
    <message>
        <source>Plans for another computer are kept in the cache folder, to be copied there</source>
        <translation>Pläne für einen anderen Rechner liegen im Cache-Ordner, um sie dorthin zu kopieren</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Plans for</source>
        <translation>Pläne für</translation>
    </message>
    <message>
        <source>Compile</source>
        <translation>Übersetzen</translation>
    </message>
    <message>
        <source>Takes minutes; tracking goes on meanwhile</source>
        <translation>Dauert Minuten; inzwischen wird weiter verfolgt</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>nicht verfügbar</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>this computer&apos;s GPU</source>
        <translation>die GPU dieses Rechners</translation>
    </message>
    <message>
        <source>another computer&apos;s GPU, {0}</source>
        <translation>GPU eines anderen Rechners, {0}</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>not known on this computer</source>
        <translation>auf diesem Rechner nicht bekannt</translation>
    </message>
    <message>
        <source>Cancelled; complete plans were kept.</source>
        <translation>Abgebrochen; fertige Pläne wurden behalten.</translation>
    </message>
</context>
<context>
    <name>BackendSwitch</name>
    <message>
        <source>{0}: each target goes on from its last box</source>
        <translation>{0}: jedes Ziel macht bei seinem letzten Rahmen weiter</translation>
    </message>
    <message>
        <source>Tracking runs on the fastest that is ready instead</source>
        <translation>Stattdessen wird mit dem Schnellsten verfolgt, das bereit ist</translation>
    </message>
    <message>
        <source>The plans are compiled: choose TensorRT to use them</source>
        <translation>Die Pläne sind übersetzt: TensorRT wählen, um sie zu verwenden</translation>
    </message>
</context>
<context>
    <name>BuildJob</name>
    <message>
        <source>Compiling could not be started: run attntrack build in a terminal.</source>
        <translation>Das Übersetzen ließ sich nicht starten: attntrack build in einem Terminal ausführen.</translation>
    </message>
    <message>
        <source>Compiling ended for an unknown reason</source>
        <translation>Das Übersetzen endete aus unbekanntem Grund</translation>
    </message>
</context>
<context>
    <name>CameraDialog</name>
    <message>
        <source>Open camera</source>
        <translation>Kamera öffnen</translation>
    </message>
    <message>
        <source>Cameras</source>
        <translation>Kameras</translation>
    </message>
    <message>
        <source>No camera was found. Plug one in, allow this program to use it, and look again.</source>
        <translation>Keine Kamera gefunden. Eine anschließen, diesem Programm den Zugriff erlauben und noch einmal suchen.</translation>
    </message>
    <message>
        <source>Size and rate</source>
        <translation>Größe und Rate</translation>
    </message>
    <message>
        <source>Smaller pictures are tracked with less delay</source>
        <translation>Kleinere Bilder werden mit weniger Verzögerung verfolgt</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Noch einmal suchen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Looking for cameras …</source>
        <translation>Kameras werden gesucht …</translation>
    </message>
    <message>
        <source>{0}   (camera {1})</source>
        <translation>{0}   (Kamera {1})</translation>
    </message>
    <message>
        <source>As the camera likes</source>
        <translation>Wie es die Kamera vorgibt</translation>
    </message>
    <message>
        <source>{0} × {1}</source>
        <translation>{0} × {1}</translation>
    </message>
    <message>
        <source>,  {0:g} frames a second</source>
        <translation>,  {0:g} Bilder pro Sekunde</translation>
    </message>
</context>
<context>
    <name>CandidateLegend</name>
    <message>
        <source>Candidates: local thin, located thick, global dashed; yellow is a high score</source>
        <translation>Kandidaten: lokale dünn, lokalisierte dick, globale gestrichelt; Gelb ist eine hohe Punktzahl</translation>
    </message>
    <message>
        <source>score 0</source>
        <translation>Punktzahl 0</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Video</source>
        <translation>Video</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
</context>
<context>
    <name>ConfidencePlot</name>
    <message>
        <source>Confidence plot</source>
        <translation>Verlauf der Sicherheit</translation>
    </message>
    <message>
        <source>How sure the tracker is of each target, against time</source>
        <translation>Wie sicher die Verfolgung jedes Ziels ist, über die Zeit</translation>
    </message>
</context>
<context>
    <name>Controller</name>
    <message>
        <source>No event after this frame</source>
        <translation>Kein Ereignis nach diesem Bild</translation>
    </message>
    <message>
        <source>No event before this frame</source>
        <translation>Kein Ereignis vor diesem Bild</translation>
    </message>
    <message>
        <source>The box was cut to the picture</source>
        <translation>Der Rahmen wurde auf das Bild beschnitten</translation>
    </message>
    <message>
        <source>End of the video</source>
        <translation>Ende des Videos</translation>
    </message>
    <message>
        <source>The stream ended</source>
        <translation>Der Strom ist zu Ende</translation>
    </message>
    <message>
        <source>Target {0} was found again</source>
        <translation>Ziel {0} wurde wiedergefunden</translation>
    </message>
    <message>
        <source>The picture you drew on is gone: the box was taken for the newest one</source>
        <translation>Das Bild, auf dem gezeichnet wurde, ist vorbei: der Rahmen gilt für das neueste</translation>
    </message>
    <message>
        <source>Recorded: {0}</source>
        <translation>Aufgenommen: {0}</translation>
    </message>
</context>
<context>
    <name>CrashGuard</name>
    <message>
        <source>The program met an error it did not expect ({0}). You can go on; if it comes again, save your track and start the program anew.</source>
        <translation>Das Programm traf auf einen unerwarteten Fehler ({0}). Es kann weitergehen; kommt er wieder, die Spur sichern und das Programm neu starten.</translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Box</source>
        <translation>Rahmen</translation>
    </message>
    <message>
        <source>{0} × {1}  ·  {2:.4g} fps</source>
        <translation>{0} × {1}  ·  {2:.4g} B/s</translation>
    </message>
</context>
<context>
    <name>ErrorDialog</name>
    <message>
        <source>Something went wrong</source>
        <translation>Etwas ist schiefgegangen</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>Das ging nicht</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Hide details</source>
        <translation>Einzelheiten verbergen</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export video</source>
        <translation>Video exportieren</translation>
    </message>
    <message>
        <source>Export track</source>
        <translation>Spur exportieren</translation>
    </message>
    <message>
        <source>{0} targets on {1} frames.</source>
        <translation>{0} Ziele auf {1} Bildern.</translation>
    </message>
    <message>
        <source>{0} target on {1} frames.</source>
        <translation>{0} Ziel auf {1} Bildern.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>The same on the command line</source>
        <translation>Dasselbe auf der Befehlszeile</translation>
    </message>
    <message>
        <source>Tracks the same again from the first boxes and writes the same file</source>
        <translation>Verfolgt dasselbe noch einmal von den ersten Rahmen an und schreibt dieselbe Datei</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Boxes and labels</source>
        <translation>Rahmen und Schilder</translation>
    </message>
    <message>
        <source>Trail</source>
        <translation>Weg</translation>
    </message>
    <message>
        <source>Search window</source>
        <translation>Suchfenster</translation>
    </message>
    <message>
        <source>CSV – a row for every frame and target, with states</source>
        <translation>CSV – eine Zeile je Bild und Ziel, mit Zuständen</translation>
    </message>
    <message>
        <source>MOT challenge text</source>
        <translation>Text der MOT-Challenge</translation>
    </message>
    <message>
        <source>OTB text – one box a line</source>
        <translation>OTB-Text – ein Rahmen je Zeile</translation>
    </message>
    <message>
        <source>VOT text – regions and confidences</source>
        <translation>VOT-Text – Bereiche und Sicherheiten</translation>
    </message>
    <message>
        <source>COCO JSON</source>
        <translation>COCO-JSON</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>Exportieren nach</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message>
        <source>Go to frame</source>
        <translation>Zu Bild gehen</translation>
    </message>
    <message>
        <source>A number from 0 to {0}.</source>
        <translation>Eine Zahl von 0 bis {0}.</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Go</source>
        <translation>Los</translation>
    </message>
</context>
<context>
    <name>HeatLegend</name>
    <message>
        <source>Heatmap: dark is low attention, yellow is high</source>
        <translation>Wärmebild: dunkel ist wenig Aufmerksamkeit, gelb viel</translation>
    </message>
    <message>
        <source>low</source>
        <translation>wenig</translation>
    </message>
    <message>
        <source>high</source>
        <translation>viel</translation>
    </message>
</context>
<context>
    <name>Intents</name>
    <message>
        <source>Target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
</context>
<context>
    <name>LiveBadge</name>
    <message>
        <source>LIVE</source>
        <translation>LIVE</translation>
    </message>
    <message>
        <source>NO SIGNAL</source>
        <translation>KEIN SIGNAL</translation>
    </message>
    <message>
        <source>{0:.0f} ms</source>
        <translation>{0:.0f} ms</translation>
    </message>
    <message>
        <source>{0} dropped</source>
        <translation>{0} ausgelassen</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Recent</source>
        <translation>Zu&amp;letzt geöffnet</translation>
    </message>
    <message>
        <source>&amp;Select</source>
        <translation>Aus&amp;wählen</translation>
    </message>
    <message>
        <source>T&amp;heme</source>
        <translation>Erscheinungs&amp;bild</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>Strom</translation>
    </message>
    <message>
        <source>Redraw</source>
        <translation>Neu zeichnen</translation>
    </message>
    <message>
        <source>Add target</source>
        <translation>Weiteres Ziel</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Side panel</source>
        <translation>Seitenleiste</translation>
    </message>
</context>
<context>
    <name>Openers</name>
    <message>
        <source>Open video</source>
        <translation>Video öffnen</translation>
    </message>
    <message>
        <source>Videos</source>
        <translation>Videos</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
    <message>
        <source>Clear the list</source>
        <translation>Liste leeren</translation>
    </message>
</context>
<context>
    <name>OverlaysPanel</name>
    <message>
        <source>Overlays</source>
        <translation>Einblendungen</translation>
    </message>
    <message>
        <source>Heatmap opacity</source>
        <translation>Deckkraft des Wärmebilds</translation>
    </message>
    <message>
        <source>How strongly the heatmap covers the picture</source>
        <translation>Wie stark das Wärmebild das Bild überdeckt</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>None after this frame</source>
        <translation>Keine nach diesem Bild</translation>
    </message>
    <message>
        <source>None before this frame</source>
        <translation>Keine vor diesem Bild</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keys and gestures</source>
        <translation>Tasten und Gesten</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>Maus</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>StageBars</name>
    <message>
        <source>Where the time of a frame goes: medians over the last frames</source>
        <translation>Wohin die Zeit eines Bildes geht: Mediane der letzten Bilder</translation>
    </message>
    <message>
        <source>Timings</source>
        <translation>Zeiten</translation>
    </message>
    <message>
        <source>total</source>
        <translation>gesamt</translation>
    </message>
    <message>
        <source>{0:.1f} ms</source>
        <translation>{0:.1f} ms</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Backend</source>
        <translation>Rechenwerk</translation>
    </message>
    <message>
        <source>What runs the networks</source>
        <translation>Womit die Netze gerechnet werden</translation>
    </message>
    <message>
        <source>Tracking rate</source>
        <translation>Tempo der Verfolgung</translation>
    </message>
    <message>
        <source>Frames tracked a second, and the time one takes</source>
        <translation>Verfolgte Bilder pro Sekunde und die Zeit für eines</translation>
    </message>
    <message>
        <source>Real speed</source>
        <translation>Wirkliches Tempo</translation>
    </message>
    <message>
        <source>Real playback speed against the video&apos;s own clock</source>
        <translation>Wirkliches Abspieltempo gegenüber der Uhr des Videos</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>Verzögerung</translation>
    </message>
    <message>
        <source>From a live frame&apos;s arrival to its box on the screen</source>
        <translation>Von der Ankunft eines Bildes bis zu seinem Rahmen auf dem Schirm</translation>
    </message>
    <message>
        <source>Dropped frames</source>
        <translation>Ausgelassene Bilder</translation>
    </message>
    <message>
        <source>Live frames that came while the tracker was busy</source>
        <translation>Bilder, die kamen, während noch gerechnet wurde</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Aufnahme</translation>
    </message>
    <message>
        <source>A video is being recorded</source>
        <translation>Ein Video wird aufgenommen</translation>
    </message>
    <message>
        <source>Pointer</source>
        <translation>Zeiger</translation>
    </message>
    <message>
        <source>Picture pixel under the pointer, and its attention</source>
        <translation>Bildpunkt unter dem Zeiger und seine Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Frame and time</source>
        <translation>Bild und Zeit</translation>
    </message>
    <message>
        <source>Frame shown and its time</source>
        <translation>Gezeigtes Bild und seine Zeit</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößerung</translation>
    </message>
    <message>
        <source>Size of the picture on the screen</source>
        <translation>Größe des Bildes auf dem Schirm</translation>
    </message>
    <message>
        <source>{0:.0f} fps</source>
        <translation>{0:.0f} B/s</translation>
    </message>
    <message>
        <source>  ·  {0:.0f} ms</source>
        <translation>  ·  {0:.0f} ms</translation>
    </message>
    <message>
        <source>{0:.2f}× real time</source>
        <translation>{0:.2f}× Echtzeit</translation>
    </message>
    <message>
        <source>{0:.0f} ms latency</source>
        <translation>{0:.0f} ms Verzögerung</translation>
    </message>
    <message>
        <source>{0} dropped</source>
        <translation>{0} ausgelassen</translation>
    </message>
</context>
<context>
    <name>StreamDialog</name>
    <message>
        <source>Open stream</source>
        <translation>Strom öffnen</translation>
    </message>
    <message>
        <source>The address of a network camera or a video on a server.</source>
        <translation>Die Adresse einer Netzwerkkamera oder eines Videos auf einem Server.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Examples:  rtsp://user:password@camera/stream   ·   http://camera/video.mjpg</source>
        <translation>Beispiele:  rtsp://name:kennwort@kamera/strom   ·   http://kamera/video.mjpg</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>TargetRow</name>
    <message>
        <source>Select target {0}  ({0})</source>
        <translation>Ziel {0} auswählen  ({0})</translation>
    </message>
    <message>
        <source>Target {0}: not on this frame</source>
        <translation>Ziel {0}: nicht auf diesem Bild</translation>
    </message>
    <message>
        <source>Target {0}: {1}, confidence {2:.0%}</source>
        <translation>Ziel {0}: {1}, Sicherheit {2:.0%}</translation>
    </message>
    <message>
        <source>Target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
    <message>
        <source>not on this frame</source>
        <translation>nicht auf diesem Bild</translation>
    </message>
</context>
<context>
    <name>TargetsPanel</name>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Nothing is followed yet. Drag a box on the picture.</source>
        <translation>Noch wird nichts verfolgt. Einen Rahmen auf das Bild ziehen.</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Timeline</source>
        <translation>Zeitleiste</translation>
    </message>
    <message>
        <source>Click or drag to go to a frame, turn the wheel to zoom; the bands show how sure the track is</source>
        <translation>Klicken oder ziehen, um zu einem Bild zu gehen, am Rad drehen zum Vergrößern; die Bänder zeigen, wie sicher die Spur ist</translation>
    </message>
    <message>
        <source>Frame {0}  ·  {1}</source>
        <translation>Bild {0}  ·  {1}</translation>
    </message>
</context>
<context>
    <name>Transport</name>
    <message>
        <source>Time and frame</source>
        <translation>Zeit und Bild</translation>
    </message>
    <message>
        <source>&amp;Speed</source>
        <translation>&amp;Tempo</translation>
    </message>
    <message>
        <source>Playback speed  ([ slower, ] faster)</source>
        <translation>Abspieltempo  ([ langsamer, ] schneller)</translation>
    </message>
    <message>
        <source>Playback speed</source>
        <translation>Abspieltempo</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Play and track</source>
        <translation>Abspielen und verfolgen</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>frame {0}</source>
        <translation>Bild {0}</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Follow anything through a video</source>
        <translation>Alles durch ein Video verfolgen</translation>
    </message>
    <message>
        <source>Open a video or a camera, drag a box around something, and watch it being tracked.</source>
        <translation>Ein Video oder eine Kamera öffnen, einen Rahmen um etwas ziehen und zusehen, wie es verfolgt wird.</translation>
    </message>
    <message>
        <source>Open video</source>
        <translation>Video öffnen</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Demo</source>
        <translation>Vorführung</translation>
    </message>
    <message>
        <source>… or drop a video here</source>
        <translation>… oder ein Video hier ablegen</translation>
    </message>
    <message>
        <source>Open {0}</source>
        <translation>{0} öffnen</translation>
    </message>
    <message>
        <source>Drop it here to open it</source>
        <translation>Hier ablegen, um es zu öffnen</translation>
    </message>
    <message>
        <source>Open a video or a camera</source>
        <translation>Ein Video oder eine Kamera öffnen</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
    <message>
        <source>Space plays and tracks</source>
        <translation>Leertaste spielt ab und verfolgt</translation>
    </message>
    <message>
        <source>Where it goes wrong, pause and draw the box again</source>
        <translation>Wo es falsch läuft, anhalten und den Rahmen neu zeichnen</translation>
    </message>
    <message>
        <source>Ctrl+E writes the track</source>
        <translation>Strg+E schreibt die Spur</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>Erste Schritte</translation>
    </message>
</context>
<context>
    <name>Wiring</name>
    <message>
        <source>Retry now</source>
        <translation>Jetzt versuchen</translation>
    </message>
    <message>
        <source>Try to reconnect without waiting</source>
        <translation>Ohne Warten neu verbinden</translation>
    </message>
    <message>
        <source>Give up</source>
        <translation>Aufgeben</translation>
    </message>
    <message>
        <source>Reconnect no more; picture and track stay</source>
        <translation>Nicht mehr neu verbinden; Bild und Spur bleiben</translation>
    </message>
    <message>
        <source>Opening {0} …</source>
        <translation>{0} wird geöffnet …</translation>
    </message>
    <message>
        <source>Drag a box around one more thing  ·  Esc to cancel</source>
        <translation>Einen Rahmen um noch etwas ziehen  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>Drag the new box  ·  Esc to cancel</source>
        <translation>Den neuen Rahmen ziehen  ·  Esc bricht ab</translation>
    </message>
    <message>
        <source>LOST.</source>
        <translation>VERLOREN.</translation>
    </message>
    <message>
        <source>Target {0} LOST.</source>
        <translation>Ziel {0} VERLOREN.</translation>
    </message>
    <message>
        <source>Press R and draw the box again, or wait: still searching</source>
        <translation>R drücken und den Rahmen neu zeichnen, oder warten: es wird weiter gesucht</translation>
    </message>
    <message>
        <source>Drag a box around what you want to follow</source>
        <translation>Einen Rahmen um das ziehen, was verfolgt werden soll</translation>
    </message>
    <message>
        <source>Space plays and tracks  ·  drag again to correct the box</source>
        <translation>Leertaste spielt ab und verfolgt  ·  noch einmal ziehen, um den Rahmen zu korrigieren</translation>
    </message>
    <message>
        <source>Signal lost: trying to reconnect …</source>
        <translation>Signal verloren: wird neu verbunden …</translation>
    </message>
    <message>
        <source>Signal lost: trying to reconnect (attempt {0}) …</source>
        <translation>Signal verloren: wird neu verbunden (Versuch {0}) …</translation>
    </message>
    <message>
        <source>tracking is not ready</source>
        <translation>Verfolgung ist nicht bereit</translation>
    </message>
    <message>
        <source>loading the networks …</source>
        <translation>Netze werden geladen …</translation>
    </message>
    <message>
        <source>frame {0}  ·  {1:.3f} s</source>
        <translation>Bild {0}  ·  {1:.3f} s</translation>
    </message>
    <message>
        <source>  ·  attention {0:.2f}</source>
        <translation>  ·  Aufmerksamkeit {0:.2f}</translation>
    </message>
    <message>
        <source>That box is too small: draw at least {0:.0f} × {0:.0f} pixels</source>
        <translation>Der Rahmen ist zu klein: mindestens {0:.0f} × {0:.0f} Bildpunkte zeichnen</translation>
    </message>
    <message>
        <source>Draw the box on the picture</source>
        <translation>Den Rahmen auf das Bild zeichnen</translation>
    </message>
</context>
<context>
    <name>Writers</name>
    <message>
        <source>Record to</source>
        <translation>Aufnehmen nach</translation>
    </message>
    <message>
        <source>There is no track yet: drag a box and play first</source>
        <translation>Noch gibt es keine Spur: erst einen Rahmen ziehen und abspielen</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>Geschrieben: {0}</translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;Open video…</source>
        <translation>Video ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open a video or a folder of images</source>
        <translation>Ein Video oder einen Ordner mit Bildern öffnen</translation>
    </message>
    <message>
        <source>Open &amp;camera…</source>
        <translation>&amp;Kamera öffnen…</translation>
    </message>
    <message>
        <source>Follow something live from a camera</source>
        <translation>Etwas im Bild einer Kamera verfolgen</translation>
    </message>
    <message>
        <source>Open &amp;stream…</source>
        <translation>&amp;Strom öffnen…</translation>
    </message>
    <message>
        <source>Open a network stream by its address</source>
        <translation>Einen Netzwerkstrom mit seiner Adresse öffnen</translation>
    </message>
    <message>
        <source>Play the &amp;demo</source>
        <translation>&amp;Vorführung abspielen</translation>
    </message>
    <message>
        <source>Open the demo clip that comes with the program</source>
        <translation>Den mitgelieferten Vorführclip öffnen</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>S&amp;chließen</translation>
    </message>
    <message>
        <source>Close the video and go back to the start page</source>
        <translation>Das Video schließen und zur Startseite zurückgehen</translation>
    </message>
    <message>
        <source>&amp;Export track…</source>
        <translation>Spur &amp;exportieren…</translation>
    </message>
    <message>
        <source>Write the track to a CSV, MOT, OTB, VOT or COCO file</source>
        <translation>Die Spur in eine CSV-, MOT-, OTB-, VOT- oder COCO-Datei schreiben</translation>
    </message>
    <message>
        <source>Export &amp;video…</source>
        <translation>V&amp;ideo exportieren…</translation>
    </message>
    <message>
        <source>Write the video with the overlays drawn on it</source>
        <translation>Das Video mit den Einblendungen schreiben</translation>
    </message>
    <message>
        <source>&amp;Record while tracking…</source>
        <translation>Beim Verfolgen auf&amp;nehmen…</translation>
    </message>
    <message>
        <source>Write each frame with its overlays to a video as it is tracked</source>
        <translation>Jedes Bild mit seinen Einblendungen in ein Video schreiben, während es verfolgt wird</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Close the program</source>
        <translation>Das Programm schließen</translation>
    </message>
    <message>
        <source>&amp;Play</source>
        <translation>&amp;Abspielen</translation>
    </message>
    <message>
        <source>Play and track, or pause</source>
        <translation>Abspielen und verfolgen, oder anhalten</translation>
    </message>
    <message>
        <source>Next &amp;frame</source>
        <translation>&amp;Nächstes Bild</translation>
    </message>
    <message>
        <source>Go one frame on</source>
        <translation>Ein Bild weiter</translation>
    </message>
    <message>
        <source>Pre&amp;vious frame</source>
        <translation>&amp;Voriges Bild</translation>
    </message>
    <message>
        <source>Go one frame back</source>
        <translation>Ein Bild zurück</translation>
    </message>
    <message>
        <source>Forward 10 frames</source>
        <translation>10 Bilder vor</translation>
    </message>
    <message>
        <source>Go ten frames on</source>
        <translation>Zehn Bilder weiter</translation>
    </message>
    <message>
        <source>Back 10 frames</source>
        <translation>10 Bilder zurück</translation>
    </message>
    <message>
        <source>Go ten frames back</source>
        <translation>Zehn Bilder zurück</translation>
    </message>
    <message>
        <source>To the &amp;start</source>
        <translation>Zum An&amp;fang</translation>
    </message>
    <message>
        <source>Go to the first frame</source>
        <translation>Zum ersten Bild</translation>
    </message>
    <message>
        <source>To the &amp;end</source>
        <translation>Zum &amp;Ende</translation>
    </message>
    <message>
        <source>Go to the last frame</source>
        <translation>Zum letzten Bild</translation>
    </message>
    <message>
        <source>&amp;Go to frame…</source>
        <translation>&amp;Gehe zu Bild…</translation>
    </message>
    <message>
        <source>Go to a frame by its number</source>
        <translation>Zu einem Bild mit seiner Nummer</translation>
    </message>
    <message>
        <source>Slower</source>
        <translation>Langsamer</translation>
    </message>
    <message>
        <source>Play slower</source>
        <translation>Langsamer abspielen</translation>
    </message>
    <message>
        <source>Faster</source>
        <translation>Schneller</translation>
    </message>
    <message>
        <source>Play faster</source>
        <translation>Schneller abspielen</translation>
    </message>
    <message>
        <source>&amp;Next event</source>
        <translation>Nächstes E&amp;reignis</translation>
    </message>
    <message>
        <source>Go to the next place where the target was lost, found again or drawn</source>
        <translation>Zur nächsten Stelle, an der das Ziel verloren, wiedergefunden oder gezeichnet wurde</translation>
    </message>
    <message>
        <source>Previous event</source>
        <translation>Voriges Ereignis</translation>
    </message>
    <message>
        <source>Go to the previous place where the target was lost, found again or drawn</source>
        <translation>Zur vorigen Stelle, an der das Ziel verloren, wiedergefunden oder gezeichnet wurde</translation>
    </message>
    <message>
        <source>Next l&amp;ost</source>
        <translation>Nächster &amp;Verlust</translation>
    </message>
    <message>
        <source>Go to the next place where a target was lost</source>
        <translation>Zur nächsten Stelle, an der ein Ziel verloren wurde</translation>
    </message>
    <message>
        <source>Previous lost</source>
        <translation>Voriger Verlust</translation>
    </message>
    <message>
        <source>Go to the previous place where a target was lost</source>
        <translation>Zur vorigen Stelle, an der ein Ziel verloren wurde</translation>
    </message>
    <message>
        <source>Next &amp;unsure</source>
        <translation>Nächste &amp;unsichere Stelle</translation>
    </message>
    <message>
        <source>Go to the next place of low confidence</source>
        <translation>Zur nächsten Stelle mit geringer Sicherheit</translation>
    </message>
    <message>
        <source>Previous unsure</source>
        <translation>Vorige unsichere Stelle</translation>
    </message>
    <message>
        <source>Go to the previous place of low confidence</source>
        <translation>Zur vorigen Stelle mit geringer Sicherheit</translation>
    </message>
    <message>
        <source>Mark &amp;in</source>
        <translation>&amp;Anfang setzen</translation>
    </message>
    <message>
        <source>Begin the part to export here</source>
        <translation>Der Teil zum Exportieren beginnt hier</translation>
    </message>
    <message>
        <source>Mark ou&amp;t</source>
        <translation>&amp;Ende setzen</translation>
    </message>
    <message>
        <source>End the part to export here</source>
        <translation>Der Teil zum Exportieren endet hier</translation>
    </message>
    <message>
        <source>Clear in and out</source>
        <translation>Anfang und Ende löschen</translation>
    </message>
    <message>
        <source>Mean all of the video again</source>
        <translation>Wieder das ganze Video meinen</translation>
    </message>
    <message>
        <source>&amp;Zoom into time</source>
        <translation>&amp;Zeit vergrößern</translation>
    </message>
    <message>
        <source>Show fewer frames on the timeline</source>
        <translation>Weniger Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>Zoom out of time</source>
        <translation>Zeit verkleinern</translation>
    </message>
    <message>
        <source>Show more frames on the timeline</source>
        <translation>Mehr Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>All of the time</source>
        <translation>Die ganze Zeit</translation>
    </message>
    <message>
        <source>Show all frames on the timeline</source>
        <translation>Alle Bilder auf der Zeitleiste zeigen</translation>
    </message>
    <message>
        <source>&amp;Redraw box</source>
        <translation>Rahmen &amp;neu zeichnen</translation>
    </message>
    <message>
        <source>Draw the box of the selected target again; then drag on the picture</source>
        <translation>Den Rahmen des ausgewählten Ziels neu zeichnen; dann auf dem Bild ziehen</translation>
    </message>
    <message>
        <source>&amp;Add target</source>
        <translation>&amp;Weiteres Ziel</translation>
    </message>
    <message>
        <source>Follow one more thing; then drag on the picture (or Shift+drag)</source>
        <translation>Noch etwas verfolgen; dann auf dem Bild ziehen (oder mit Umschalt ziehen)</translation>
    </message>
    <message>
        <source>Re&amp;move target</source>
        <translation>Ziel ent&amp;fernen</translation>
    </message>
    <message>
        <source>Stop following the selected target from here on</source>
        <translation>Das ausgewählte Ziel von hier an nicht mehr verfolgen</translation>
    </message>
    <message>
        <source>&amp;Cancel drawing</source>
        <translation>Zeichnen &amp;abbrechen</translation>
    </message>
    <message>
        <source>Give up the box being drawn</source>
        <translation>Den begonnenen Rahmen verwerfen</translation>
    </message>
    <message>
        <source>&amp;Heatmap</source>
        <translation>&amp;Wärmebild</translation>
    </message>
    <message>
        <source>Show where the attention network sees the target</source>
        <translation>Zeigen, wo das Aufmerksamkeitsnetz das Ziel sieht</translation>
    </message>
    <message>
        <source>&amp;Proposals</source>
        <translation>&amp;Vorschläge</translation>
    </message>
    <message>
        <source>Show the candidate boxes, coloured by their score</source>
        <translation>Die Kandidaten zeigen, gefärbt nach Punktzahl</translation>
    </message>
    <message>
        <source>&amp;Search window</source>
        <translation>&amp;Suchfenster</translation>
    </message>
    <message>
        <source>Show the part of the picture that is searched closely</source>
        <translation>Den genau durchsuchten Teil des Bildes zeigen</translation>
    </message>
    <message>
        <source>Attention re&amp;gions</source>
        <translation>&amp;Beachtete Bereiche</translation>
    </message>
    <message>
        <source>Show the regions where the attention is highest</source>
        <translation>Die Bereiche höchster Aufmerksamkeit zeigen</translation>
    </message>
    <message>
        <source>&amp;Trail</source>
        <translation>We&amp;g</translation>
    </message>
    <message>
        <source>Show the way the target came</source>
        <translation>Zeigen, woher das Ziel kam</translation>
    </message>
    <message>
        <source>&amp;Boxes</source>
        <translation>&amp;Rahmen</translation>
    </message>
    <message>
        <source>Show the boxes of the targets</source>
        <translation>Die Rahmen der Ziele zeigen</translation>
    </message>
    <message>
        <source>&amp;Labels</source>
        <translation>Sch&amp;ilder</translation>
    </message>
    <message>
        <source>Show number, state and confidence at each box</source>
        <translation>Nummer, Zustand und Sicherheit an jedem Rahmen zeigen</translation>
    </message>
    <message>
        <source>Hide &amp;all overlays</source>
        <translation>&amp;Alles ausblenden</translation>
    </message>
    <message>
        <source>Show the bare picture; hold the key to peek</source>
        <translation>Das bloße Bild zeigen; die Taste halten für einen kurzen Blick</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Make the picture larger</source>
        <translation>Das Bild größer zeigen</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Make the picture smaller</source>
        <translation>Das Bild kleiner zeigen</translation>
    </message>
    <message>
        <source>&amp;Fit to window</source>
        <translation>Ein&amp;passen</translation>
    </message>
    <message>
        <source>Show the whole picture</source>
        <translation>Das ganze Bild zeigen</translation>
    </message>
    <message>
        <source>Actual si&amp;ze</source>
        <translation>&amp;Originalgröße</translation>
    </message>
    <message>
        <source>One pixel of the video on one pixel of the screen</source>
        <translation>Ein Bildpunkt des Videos auf einem des Schirms</translation>
    </message>
    <message>
        <source>&amp;Confidence plot</source>
        <translation>Verlauf der Si&amp;cherheit</translation>
    </message>
    <message>
        <source>Show the confidence against time below the picture</source>
        <translation>Die Sicherheit über die Zeit unter dem Bild zeigen</translation>
    </message>
    <message>
        <source>Side pa&amp;nel</source>
        <translation>Seiten&amp;leiste</translation>
    </message>
    <message>
        <source>Show targets, overlays and details beside the picture</source>
        <translation>Ziele, Einblendungen und Einzelheiten neben dem Bild zeigen</translation>
    </message>
    <message>
        <source>Bac&amp;kend…</source>
        <translation>&amp;Rechenwerk…</translation>
    </message>
    <message>
        <source>Choose what runs the networks, and compile plans for a GPU</source>
        <translation>Wählen, womit die Netze gerechnet werden, und Pläne für eine GPU übersetzen</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>Voll&amp;bild</translation>
    </message>
    <message>
        <source>Use the whole screen</source>
        <translation>Den ganzen Schirm nutzen</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>&amp;Tasten</translation>
    </message>
    <message>
        <source>Show every key and mouse gesture</source>
        <translation>Alle Tasten und Mausgesten zeigen</translation>
    </message>
    <message>
        <source>&amp;About AttnTrack</source>
        <translation>&amp;Über AttnTrack</translation>
    </message>
    <message>
        <source>Version, backend and licences</source>
        <translation>Version, Rechenwerk und Lizenzen</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Playback</source>
        <translation>&amp;Wiedergabe</translation>
    </message>
    <message>
        <source>&amp;Review</source>
        <translation>D&amp;urchsicht</translation>
    </message>
    <message>
        <source>&amp;Target</source>
        <translation>&amp;Ziel</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Draw the box of the selected target; on its edges while paused: resize or move it</source>
        <translation>Den Rahmen des ausgewählten Ziels zeichnen; an seinen Kanten, während es steht: Größe ändern oder verschieben</translation>
    </message>
    <message>
        <source>Shift+drag</source>
        <translation>Umschalt+ziehen</translation>
    </message>
    <message>
        <source>Draw the box of one more target</source>
        <translation>Den Rahmen eines weiteren Ziels zeichnen</translation>
    </message>
    <message>
        <source>Click a box</source>
        <translation>Auf einen Rahmen klicken</translation>
    </message>
    <message>
        <source>Select that target</source>
        <translation>Dieses Ziel auswählen</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rad</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Am Zeiger vergrößern</translation>
    </message>
    <message>
        <source>Wheel on the timeline</source>
        <translation>Rad auf der Zeitleiste</translation>
    </message>
    <message>
        <source>Zoom into time; with Shift: move along</source>
        <translation>Zeit vergrößern; mit Umschalt: entlang fahren</translation>
    </message>
    <message>
        <source>Drag a flag on the timeline</source>
        <translation>Eine Fahne auf der Zeitleiste ziehen</translation>
    </message>
    <message>
        <source>Move the in or out point</source>
        <translation>Anfang oder Ende verschieben</translation>
    </message>
    <message>
        <source>Double click the timeline</source>
        <translation>Doppelklick auf die Zeitleiste</translation>
    </message>
    <message>
        <source>Show all of the time</source>
        <translation>Die ganze Zeit zeigen</translation>
    </message>
    <message>
        <source>Middle drag, Space+drag</source>
        <translation>Mittlere Taste ziehen, Leertaste+ziehen</translation>
    </message>
    <message>
        <source>Move the picture</source>
        <translation>Das Bild verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>Fit the picture to the window</source>
        <translation>Das Bild ins Fenster einpassen</translation>
    </message>
    <message>
        <source>Hold \</source>
        <translation>\ halten</translation>
    </message>
    <message>
        <source>Peek at the picture without overlays</source>
        <translation>Kurz das Bild ohne Einblendungen sehen</translation>
    </message>
    <message>
        <source>1 … 9</source>
        <translation>1 … 9</translation>
    </message>
    <message>
        <source>Select a target by its number</source>
        <translation>Ein Ziel mit seiner Nummer auswählen</translation>
    </message>
    <message>
        <source>Drop a file</source>
        <translation>Eine Datei ablegen</translation>
    </message>
    <message>
        <source>Open it</source>
        <translation>Sie öffnen</translation>
    </message>
    <message>
        <source>As fast as possible</source>
        <translation>So schnell wie möglich</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Anhalten</translation>
    </message>
</context>
<context>
    <name>backends</name>
    <message>
        <source>Automatic: the fastest that is ready</source>
        <translation>Automatisch: das Schnellste, das bereit ist</translation>
    </message>
    <message>
        <source>ONNX Runtime on the processor</source>
        <translation>ONNX Runtime auf dem Prozessor</translation>
    </message>
    <message>
        <source>TensorRT on an NVIDIA GPU</source>
        <translation>TensorRT auf einer NVIDIA-GPU</translation>
    </message>
    <message>
        <source>ONNX Runtime on an NVIDIA GPU</source>
        <translation>ONNX Runtime auf einer NVIDIA-GPU</translation>
    </message>
    <message>
        <source>ONNX Runtime with TensorRT</source>
        <translation>ONNX Runtime mit TensorRT</translation>
    </message>
    <message>
        <source>half precision</source>
        <translation>halbe Genauigkeit</translation>
    </message>
    <message>
        <source>full precision</source>
        <translation>volle Genauigkeit</translation>
    </message>
</context>
<context>
    <name>states</name>
    <message>
        <source>Start</source>
        <translation>Anfang</translation>
    </message>
    <message>
        <source>Tracking</source>
        <translation>Verfolgt</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>Unsicher</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Verloren</translation>
    </message>
    <message>
        <source>Drawn</source>
        <translation>Gezeichnet</translation>
    </message>
    <message>
        <source>Not in view</source>
        <translation>Nicht im Bild</translation>
    </message>
    <message>
        <source>Local candidates</source>
        <translation>Lokale Kandidaten</translation>
    </message>
    <message>
        <source>Located boxes</source>
        <translation>Lokalisierte Rahmen</translation>
    </message>
    <message>
        <source>Global candidates</source>
        <translation>Globale Kandidaten</translation>
    </message>
</context>
</TS>
