#%Module1.0
# Commands of a container image; understood by Environment Modules and by Lmod.
# Lies at TREE/modules/NAME/VERSION and takes all it says from there.
set place [file split $ModulesCurrentModulefile]
set version [lindex $place end]
set name [lindex $place end-1]
set tree [file join {*}[lrange $place 0 end-3]]
set image [file tail $tree]
set folder $tree/bin/$name/$version
set commands [lsort [glob -nocomplain -tails -directory $folder *]]

module-whatis "$name $version, in the container image $image"

proc ModulesHelp {} {
    global name version image commands
    puts stderr "$name $version, in the container image $image. Commands: [join $commands {, }]"
}

conflict $name
if {[llength $commands]} {
    prepend-path PATH $folder
}
